"""The door: clean records pass, any other is refused with every reason it deserves, and nothing else ever happens."""

import json
from pathlib import Path

import pytest

from contracts import decoder
from contracts.codes import RECORD_CODES
from contracts.decoder import decode, policy_of
from contracts.errors import ContractError
from contracts.records import Enrolment, Observation, PeriodClosed, PlanRegistered
from contracts.thorough import MOST_REASONS

EXAMPLES = Path(decoder.__file__).parent / "examples"
CLEAN = {
    "observation_id": "0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10",
    "policy": "trial",
    "indicator": "work",
    "unit": "5d41402abc4b2a76b9719d911017c592",
    "region": "north",
    "groups": ["parents"],
    "period": "2021-04",
    "value": 1,
    "observed_at": "2021-04-12T10:00:00+02:00",
}


def written(**changes):
    record = CLEAN | changes
    return json.dumps({key: value for key, value in record.items() if value is not ...}).encode()


def refusal(value):
    with pytest.raises(ContractError) as caught:
        decode(value)
    return caught.value.reasons


# Clean records


def test_an_observation_becomes_a_record():
    assert decode(written(arm="trust", cohort="2020", cluster=None)) == Observation(
        **CLEAN | {"groups": ("parents",), "value": 1.0}, arm="trust", cohort="2020"
    )


def test_what_is_left_out_and_what_is_null_are_the_same():
    assert decode(written()) == decode(written(arm=None, cohort=None, cluster=None))


def test_the_other_kinds_stand_in_an_envelope():
    content = {"policy": "trial", "unit": "5d41402abc4b2a76", "start": "2020-02-01", "region": "north", "groups": []}
    enrolment = decode(json.dumps({"enrolment": content}).encode())
    assert enrolment == Enrolment(**content | {"groups": ()})
    marker = decode(b'{"period_closed": {"policy": "trial", "indicator": null, "period": "2021-04"}}')
    assert marker == PeriodClosed("trial", None, "2021-04")
    registration = decode(b'\n{ "plan_registered" : {"version": 1, "id": "trial", "sha256": "%b"} }' % (b"0a" * 32))
    assert registration == PlanRegistered("trial", 1, "0a" * 32)


@pytest.mark.parametrize(
    "changes",
    [
        {"observed_at": "2021-04-12T10:00:00Z"},
        {"observed_at": "2021-04-12t10:00:00z"},
        {"observed_at": "2021-04-12T10:00:00.1-03:30"},
        {"observed_at": "2024-02-29T23:59:59.123456789+00:00"},
        {"period": "2020-W53"},
        {"period": "2024-02-29"},
        {"period": "2021"},
        {"value": -0.5e-3},
        {"value": 2**70},
        {"groups": []},
        {"unit": "0123456789abcdef"},
        {"unit": "0123456789abcdef" * 4},
        {"region": "Súdwest-Fryslân", "cohort": 'a "quoted" \\ name'},
        {"observation_id": "0B9F5A3E-3C55-4F4E-9D3F-6B1F7A1C2D10"},
    ],
    ids=str,
)
def test_what_the_contract_allows_passes(changes):
    record = decode(written(**changes))
    for name, value in changes.items():
        assert getattr(record, name) == (tuple(value) if isinstance(value, list) else value)


def test_clean_records_take_the_shortcut():
    for line in (EXAMPLES / "observation.ndjson").read_bytes().splitlines():
        assert decoder._OBSERVATION(line) == decode(line)
    for start, shortcut in decoder._ENVELOPED:
        name = start.decode().strip('{"')
        for line in (EXAMPLES / f"{name}.ndjson").read_bytes().splitlines():
            assert shortcut(line) == decode(line)


def test_codes_are_remembered_only_while_there_are_few(monkeypatch):
    monkeypatch.setattr("contracts.shortcut._MOST_REMEMBERED", 10)
    for number in range(100):
        decode(written(region=f"region-{number}"))
    assert len(decoder._OBSERVATION._known) <= 10 + len(CLEAN)


# Broken records


def test_a_broken_record_is_refused_with_every_reason(broken_by_contract, spelled):
    assert spelled(refusal(broken_by_contract.value)) == broken_by_contract.expected


def test_a_broken_record_is_never_taken_by_the_shortcut(broken_by_contract):
    assert decoder._OBSERVATION(broken_by_contract.value) is None
    assert all(shortcut(broken_by_contract.value) is None for _, shortcut in decoder._ENVELOPED)


def test_reasons_are_known_words_and_say_what_was_expected(broken_by_contract):
    for reason in refusal(broken_by_contract.value):
        assert reason.code in (*RECORD_CODES, "out_of_range")
        assert reason.message
        assert str(reason).isprintable()


def test_an_empty_record_is_no_json(spelled):
    assert spelled(refusal(b"")) == ["not_json"]
    assert spelled(refusal(b" \r\n")) == ["not_json"]


def test_what_stands_for_a_person_is_never_repeated():
    unit, secret = "Voornaam van der Achternaam", "x" * 41
    value = written(unit=unit, region=7, cohort=secret + "\n", **{secret: 1, "5d41402abc4b2a76": 2, "a\nb": 3})
    told = " ".join(f"{each.place} {each.message}" for each in refusal(value))
    assert not any(part in told for part in (unit, secret, "5d41402abc4b2a76", "\n"))


def test_a_record_that_is_wrong_everywhere_gets_a_bounded_answer():
    reasons = refusal(json.dumps({f"field_{number}": 0 for number in range(10_000)}).encode())
    unknown = [each for each in reasons if each.code == "unknown_field"]
    assert len(unknown) == MOST_REASONS + 1
    assert unknown[-1].message == f"and {10_000 - MOST_REASONS} more of this kind"


# The policy of a record that was refused


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        (written(value="x"), "trial"),
        (written()[:100], "trial"),
        (b'\xff{"policy" : "trial"', "trial"),
        (b'{"period_closed": {"policy": "trial"}}', "trial"),
        (b'{"plan_registered": {"version": 0, "id": "trial"}}', "trial"),
        (b'{"policy": "one", "policy": "two"}', None),
        (b'{"policy": "Voornaam Achternaam"}', None),
        (b'{"remark": "\\"policy\\": \\"trial\\""}', None),
        (b'{"id": "trial"}', None),
        (b"", None),
    ],
)
def test_the_policy_is_told_where_it_can_be_seen(value, policy):
    assert policy_of(value) == policy
