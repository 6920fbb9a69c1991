"""Laws of reading plans: nothing but `PlanError` comes out of a bad one, and writing it otherwise changes nothing."""

import copy
import json
import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from contracts.document.yaml import read_yaml
from contracts.errors import PlanError
from contracts.plan_reader import notes, plan_of_canonical, read_plan

FILES = [
    Path(__file__).parents[1] / "data" / "plans" / "trust_trial.yaml",
    Path(__file__).parents[2] / "examples" / "resume" / "plan.yaml",
]
DOCUMENTS = [read_yaml(path.read_text(encoding="utf-8"))[0].plain() for path in FILES]
TRIAL, RESUME = DOCUMENTS
TRIAL["claims"] = {claim: TRIAL["claims"][claim] for claim in ("effect", "gap")}
del TRIAL["pre_period"]

WORDS = st.sampled_from(["P1M", "P50N", "declared", "continuous", "black_name", "callback", "all", "none", "2020-W01"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(document, path=()):
    """Yield the path of everything in a document."""
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, value in parts:
        yield (*path, step)
        yield from places(value, (*path, step))


@st.composite
def spoiled(draw):
    """A plan in which up to three things are replaced, added or left out."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(document))
        *steps, last = found[draw(st.integers(0, len(found) - 1))]
        part = document
        for step in steps:
            part = part[step]
        if draw(st.booleans()):
            part[last] = draw(VALUES)
        else:
            del part[last]
        if not document:
            break
    return document


def read_or_refuse(text):
    """Return the plan, or None where it was refused with a message about each problem."""
    try:
        return read_plan(text)
    except PlanError as error:
        messages = [problem.message.strip() for problem in error.problems]
    assert messages
    assert all(messages)
    return None


@given(spoiled())
def test_a_spoiled_plan_is_read_or_refused_and_what_is_read_can_be_kept(document):
    plan = read_or_refuse(json.dumps(document))
    if plan is not None:
        assert plan_of_canonical(plan.canonical) == plan
        assert notes(plan)


@given(st.text() | st.text(alphabet="abc:-[]{}&*!|>'\"%@?#, \n\t\\u0"))
def test_any_text_is_read_or_refused(text):
    assert read_or_refuse(text) is None


def shuffled(value, chance):
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(each, chance) for each in value] if isinstance(value, list) else value


@given(st.integers(), st.sampled_from([None, 1, 4]), st.booleans())
def test_order_of_keys_and_white_space_leave_the_digest(seed, indent, ascii_only):
    text = json.dumps(shuffled(RESUME, random.Random(seed)), indent=indent, ensure_ascii=ascii_only)
    assert read_plan(text).sha256 == read_plan(json.dumps(RESUME)).sha256
