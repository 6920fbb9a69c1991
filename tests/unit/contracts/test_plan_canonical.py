"""The digest of a plan: the same under other writing, another under another plan."""

import json

import pytest

from contracts.errors import PlanError
from contracts.plan_canonical import canonical_json, digest, document_of
from contracts.plan_reader import plan_of_canonical, read_plan


def test_canonical_json_sorts_keys_leaves_out_white_space_and_keeps_utf8():
    assert canonical_json({"b": [1, 1.5, None, True], "a": {"é": "ü\n"}}) == (
        '{"a":{"é":"ü\\n"},"b":[1,1.5,null,true]}'.encode()
    )


def test_the_digest_is_the_sha_256_of_the_canonical_json():
    assert digest(b"{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_order_of_keys_comments_and_style_leave_the_digest(plan_document, plan_text):
    block = plan_text()
    flow = json.dumps(plan_document(), ensure_ascii=False)
    backwards = json.dumps(dict(reversed(plan_document().items())), indent=3)
    commented = "# a plan\n---\n" + block.replace("unit: person", "unit: 'person'   # somebody")
    assert len({read_plan(text).sha256 for text in (block, flow, backwards, commented)}) == 1


def test_another_word_or_number_is_another_plan(plan_of):
    plans = [plan_of(), plan_of(unit="household"), plan_of(lateness="P3M"), plan_of(evidence={"alpha": 0.01})]
    assert len({plan.sha256 for plan in plans}) == len(plans)


def test_a_default_that_is_written_is_another_plan_with_the_same_meaning(plan_of):
    short, long = plan_of(), plan_of(measured="once")
    assert short.sha256 != long.sha256
    assert (short.evidence, short.claims) == (long.evidence, long.claims)


def test_a_registered_plan_is_read_back_as_it_was(plan_of):
    plan = plan_of(title="Proef € één\u2028lijn \x7f")
    assert plan_of_canonical(plan.canonical) == plan


@pytest.mark.parametrize(
    "data", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b'{"a":1}\n', b"{", b'{"a":NaN}', b"\xff", b"[" * 100_000]
)
def test_bytes_that_are_not_canonical_are_refused(data):
    with pytest.raises(PlanError):
        document_of(data)


@pytest.mark.parametrize("number", [b"1" + b"0" * 400, b"1e300000", b"1" * 5000])
def test_numbers_beyond_all_bounds_are_refused(plan_of, number):
    with pytest.raises(PlanError):
        plan_of_canonical(plan_of().canonical.replace(b"0.05", number))


def test_canonical_bytes_of_something_else_are_refused_without_lines():
    with pytest.raises(PlanError) as refused:
        plan_of_canonical(b'{"plan":"leerlus/v2"}')
    assert {problem.line for problem in refused.value.problems} == {None}
    assert "plan: found `leerlus/v2`" in str(refused.value)
