"""A scoped key covers a line that breaks its contract only where the policy can be read and is among its own."""

import json

import pytest

from services.gateway.checks import KnownPlans

OWN = ("trust-trial", "star")


def check(value, covered=OWN):
    return KnownPlans(None).check(1, value, now_ms=0, covered=covered)


@pytest.mark.parametrize(
    "value",
    [
        b'{"policy": "trust-trial"}',
        b'{"polic\\u0079": "trust-trial"}',
        b'{"policy": "trust\\u002dtrial"}',
        b'{"enrolment": {"policy": "star"}}',
        b'{"policy": "trust-trial", "policy": "star"}',
    ],
)
def test_a_broken_line_of_a_policy_that_is_covered_is_not_denied(value):
    checked = check(value)
    assert checked.is_covered
    assert "not_your_policy" not in {each.code for each in checked.reasons}


@pytest.mark.parametrize(
    "value",
    [
        b'{"policy": "another"}',
        b'{"polic\\u0079": "another"}',
        b'{"policy": "trust-trial", "polic\\u0079": "another"}',
        b'{"policy": "another", "policy": "trust-trial"}',
        b'{"enrolment": {"policy": "another"}, "policy": "star"}',
        b'{"policy": ["trust-trial"]}',
        b'{"policy": null}',
        b'{"value": 1}',
        b"{broken",
        b'{"policy": "trust-trial"',
        b'"trust-trial"',
        b'{"policy": "trust-trial", "region": "\xe9"}',
        '{"policy": "trust-trial"}'.encode("utf-16"),
        b"[" * 30_000,
    ],
)
def test_any_other_broken_line_is_denied_whatever_else_is_wrong(value):
    checked = check(value)
    assert not checked.is_covered
    assert checked.reasons[0].code == "not_your_policy"
    assert len(checked.reasons) > 1


def test_a_hidden_policy_is_denied_also_when_the_rest_of_the_record_is_whole():
    row = {"observation_id": "0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10", "policy": "another", "cluster": "c" * 70}
    value = json.dumps(row).encode().replace(b'"policy"', b'"polic\\u0079"')
    assert not check(value).is_covered


def test_a_key_for_every_policy_denies_nothing():
    assert check(b"{broken", covered=None).is_covered
