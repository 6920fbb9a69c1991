"""Laws of the fold: chunks, restarts, repetition and the order within a look change nothing that is concluded."""

import json
from itertools import pairwise
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from pipelines.fold import Block, Partition
from pipelines.replay import replay

PLAN_TEXT = """
plan: leerlus/v1
id: laws
version: 1
kind: experiment
title: Laws
question: Does the fold keep its laws?
owner: {office: department of work}
effective_from: 2020-01
choices:
  for_whom: everybody
  not_for_whom: nobody
  losers: {none_because: nothing is at stake}
  areas: {here: [north, south]}
  alternatives: [none]
  fairness: parity
unit: person
look: P1M
lateness: P1M
assignment: {kind: randomised, strata: [region]}
arms: {reference: control, watched: [trust]}
groups: [{id: parents, label: single parents, disadvantaged: true}]
indicators:
  - {id: work, label: works, type: binary, direction: higher_is_better, aspect: economic, horizon: now,
     maturity: P1M, role: primary, relevant_difference: 0.05, floor: 0.3}
  - {id: debts, label: has debts, type: binary, direction: lower_is_better, aspect: social, horizon: now,
     role: guardrail, relevant_difference: 0.05}
claims: {effect: {}, gap: {baseline: none, margin: 0.9}, level: {}, effects_differ: {}, divergence: {}}
disclosure: {minimum_cell: 5, round_to: 5}
"""
PLAN = read_plan(PLAN_TEXT)
DEBTS = PLAN_TEXT[PLAN_TEXT.index("  - {id: debts") : PLAN_TEXT.index("claims:")]


def version(number: int, effective_from: str, **swaps: str):
    text = PLAN_TEXT.replace("version: 1", f"version: {number}\nsupersedes_reason: another").replace(
        "effective_from: 2020-01", f"effective_from: {effective_from}"
    )
    for old, new in swaps.values():
        text = text.replace(old, new)
    return read_plan(text)


VERSIONS = (
    version(2, "2020-02", indicators=(DEBTS, "")),
    version(3, "2020-03", areas=("here: [north, south]", "here: [north], comparison: [south]")),
)
PLANS = {plan.sha256: plan for plan in (PLAN, *VERSIONS)}
REGISTRATION = json.dumps({"plan_registered": {"id": "laws", "version": 1, "sha256": PLAN.sha256}}).encode()

observations = st.builds(
    lambda number, month, indicator, arm, region, groups, value: {
        "observation_id": str(UUID(int=number)),
        "policy": "laws",
        "indicator": indicator,
        "unit": f"{number:016x}",
        "arm": arm,
        "region": region,
        "groups": groups,
        "period": f"2020-{month:02}",
        "value": value,
        "observed_at": "2021-01-01T00:00:00Z",
    },
    st.integers(1, 400),
    st.integers(1, 4),
    st.sampled_from(["work", "debts"]),
    st.sampled_from(["control", "trust"]),
    st.sampled_from(["north", "south"]),
    st.sampled_from([[], ["parents"]]),
    st.integers(0, 1),
)
enrolments = st.builds(
    lambda number, start, arm, region, groups: {
        "enrolment": {
            "policy": "laws",
            "unit": f"{number:016x}",
            "start": start,
            "arm": arm,
            "region": region,
            "groups": groups,
        }
    },
    st.integers(1, 400),
    st.sampled_from(["2019-11-15", "2019-12-15", "2020-01-15"]),
    st.sampled_from(["control", "trust"]),
    st.sampled_from(["north", "south"]),
    st.sampled_from([[], ["parents"]]),
)
markers = st.builds(
    lambda indicator, period: {"period_closed": {"policy": "laws", "indicator": indicator, "period": period}},
    st.sampled_from([None, "work"]),
    st.sampled_from([None, "2020-02"]),
)
registrations = st.sampled_from(VERSIONS).map(
    lambda plan: {"plan_registered": {"id": "laws", "version": plan.version, "sha256": plan.sha256}}
)
broken = st.sampled_from([{"policy": "laws"}, {"enrolment": 1}, []])
logs = st.lists(
    st.one_of(*([observations] * 20), *([enrolments] * 4), markers, broken, registrations), min_size=20, max_size=150
).map(lambda contents: [json.dumps(content).encode() for content in contents])


def fold(values: list[bytes], cuts: list[int], *, restart: bool = False):
    """Fold the values in chunks that end at `cuts`, starting a new partition from storage at each cut if asked."""
    records = [LogRecord(offset, None, None, value) for offset, value in enumerate([REGISTRATION, *values])]
    partition = Partition(next_offset=0, ledger_key=b"k")
    blocks, segments, closings, tallies = {}, [], [], [0, 0, 0, 0]
    edges = sorted({0, *(cut % len(records) for cut in cuts), len(records)})
    for start, stop in pairwise(edges):
        partition.apply(records[start:stop], PLANS)
        changes = partition.take_changes()
        closings += changes.closings
        for block in changes.blocks:
            blocks[block.policy, block.name] = block.data
        segments += changes.segments
        for tally in changes.tallies.values():
            parts = (tally.received, tally.counted, tally.duplicate, tally.quarantined)
            tallies = [total + part for total, part in zip(tallies, parts, strict=True)]
        if restart:
            partition = Partition(next_offset=stop, ledger_key=b"k")
            partition.restore([Block(*key, data) for key, data in blocks.items() if data is not None], segments, PLANS)
    return msgspec.json.encode(closings), tuple(tallies)


@settings(max_examples=15, deadline=None)
@given(logs, st.lists(st.integers(1, 1000), max_size=12))
def test_any_chunking_gives_the_same_closings_and_tallies(values, cuts):
    assert fold(values, cuts) == fold(values, [])


@settings(max_examples=15, deadline=None)
@given(logs, st.lists(st.integers(1, 1000), min_size=1, max_size=8))
def test_a_restart_from_storage_at_any_place_gives_the_same_closings_and_tallies(values, cuts):
    assert fold(values, cuts, restart=True) == fold(values, [])


@settings(max_examples=15, deadline=None)
@given(logs)
def test_received_is_always_counted_plus_duplicate_plus_quarantined(values):
    _, (received, counted, duplicate, quarantined) = fold(values, [])
    assert received == len(values) + 1 == counted + duplicate + quarantined


@settings(max_examples=15, deadline=None)
@given(st.lists(observations, min_size=20, max_size=80, unique_by=lambda each: each["unit"]), st.randoms())
def test_the_order_within_a_look_changes_nothing(contents, random):
    month = [content | {"period": "2020-01"} for content in contents]
    shuffled = random.sample(month, len(month))
    rows = [
        [msgspec.structs.replace(row, offsets=(0, 0)) for row in replay(PLAN, map(json_bytes, each)).rows]
        for each in (sorted(month, key=lambda one: one["unit"]), shuffled)
    ]
    assert rows[0] == rows[1]


@settings(max_examples=15, deadline=None)
@given(st.lists(observations, min_size=5, max_size=80, unique_by=lambda each: each["unit"]))
def test_a_file_sent_twice_is_all_duplicate_the_second_time(contents):
    values = [json_bytes(content | {"period": "2020-01"}) for content in contents]
    once, twice = replay(PLAN, values), replay(PLAN, values * 2)
    assert twice.rows == once.rows
    assert (twice.tally.counted, twice.tally.duplicate) == (len(values), len(values))


def json_bytes(content) -> bytes:
    return json.dumps(content).encode()
