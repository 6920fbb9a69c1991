"""Laws of reading plans: nothing but `PlanError` comes out of a bad one, and writing it otherwise changes nothing."""

import copy
import json
import random
from dataclasses import fields
from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from contracts.document.yaml import read_yaml
from contracts.errors import PlanError
from contracts.evidence import Claim
from contracts.plan import Claims
from contracts.plan_reader import notes, plan_of_canonical, read_plan
from contracts.plan_rows import n_hypotheses, n_rows

FILES = [
    *sorted((Path(__file__).parents[1] / "data" / "plans").glob("*.yaml")),
    Path(__file__).parents[2] / "examples" / "resume" / "plan.yaml",
]
DOCUMENTS = [read_yaml(path.read_text(encoding="utf-8"))[0].plain() for path in FILES]
RESUME = DOCUMENTS[-1]

WORDS = st.sampled_from(
    [
        *("P1M", "P50N", "declared", "pre_period", "continuous", "black_name", "callback", "all", "none", "2020-W01"),
        *("repeatedly", "rollout", "elsewhere", "roll_out", "starts", "trade_off", "pairs", "planned", "marginal"),
    ]
)
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
        assert n_hypotheses(plan) >= n_rows(plan) > 0


@given(st.text() | st.text(alphabet="abc:-[]{}&*!|>'\"%@?#, \n\t\\u0"))
def test_any_text_is_read_or_refused(text):
    assert read_or_refuse(text) is None


SETTINGS = {
    "effect": {"margin_odds_ratio": 0.9},
    "gap": {"margin": 0.8},
    "elsewhere": {"margin": 0.8},
    "cumulation": {"at_least": 2},
    "trade_off": {"pairs": [["part_time_work", "trust_in_council"]]},
}


@given(st.sets(st.sampled_from(get_args(Claim)), min_size=1), st.booleans())
def test_exactly_the_claims_that_are_named_are_tested(names, with_settings):
    trial = next(each for each in DOCUMENTS if each["id"] == "trust-trial")
    claims = {name: SETTINGS.get(name, {}) if with_settings else {} for name in names}
    plan = read_or_refuse(json.dumps(trial | {"claims": claims}))
    if plan is None:
        assert names <= {"level", "later", "roll_out"}  # for which this plan has nothing
    else:
        assert {each.name for each in fields(Claims) if getattr(plan.claims, each.name)} == names


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
