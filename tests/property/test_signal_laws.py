"""Laws of the judgement: order and repetition never make two signals, and what is told always fits together."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from contracts.evidence import EvidenceRow
from contracts.plan_reader import read_plan
from contracts.signal import level_of
from pipelines.judgement import Closing, judge

PLAN = read_plan((Path(__file__).parents[1] / "data/signals/plan.yaml").read_text(encoding="utf-8"))
NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
CELLS = [
    (claim, arm, region, group)
    for claim, arm, group in (("gap", "all", "single_parent"), ("effect", "guidance", "all"))
    for region in ("all", "GM0150", "GM0344")
]


def row(cell, look_index, stands, recent, points):
    claim, arm, region, group = cell
    people = 50 * look_index
    return EvidenceRow(
        policy=PLAN.id,
        plan_version=1,
        plan_sha256=PLAN.sha256,
        claim=claim,
        indicator="part_time_work",
        other_indicator=None,
        arm=arm,
        region=region,
        group=group,
        look=f"2026-{look_index:02}",
        look_index=look_index,
        offsets=(0, 0),
        n_a=people,
        k_a=people // 2,
        n_b=people,
        k_b=people // 3,
        scale="odds_ratio",
        estimate=0.5,
        lower=None,
        upper=0.9,
        difference=-points / 100,
        difference_lower=None,
        difference_upper=None,
        log_e_worse=float(points),
        log_e_better=0.0,
        log_detector_worse=None,
        log_detector_better=None,
        recent=recent,
        guarantee="exact",
        state="watching",
        stands=stands,
        smallest_visible=0.05,
        reason=None,
    )


directions = st.sampled_from([None, None, "worse", "better"])
facts = st.tuples(directions, st.sampled_from([None, "worse"]), st.integers(0, 20))
looks = st.lists(st.dictionaries(st.sampled_from(CELLS), facts, max_size=len(CELLS)), min_size=1, max_size=12)
histories = looks.map(
    lambda made: [
        {cell: row(cell, number, *said) for cell, said in cells.items()} for number, cells in enumerate(made, start=1)
    ]
)


@dataclass
class Store:
    """What PostgreSQL would hold: the evidence of every closing, signals by id, and what was told."""

    history: list
    signals: dict = field(default_factory=dict)
    told: list = field(default_factory=list)

    def close(self, number):
        latest = {}
        for rows in self.history[:number]:
            latest.update(rows)
        closing = Closing(PLAN.id, number, "part_time_work", number)
        for verdict in judge(closing, latest.values(), list(self.signals.values()), plan=PLAN, now=NOW):
            self.signals[verdict.signal.subject.id] = verdict.signal
            if verdict.kind != "kept":
                self.told.append((number, verdict))

    def replayed(self, order):
        for number in order:
            self.close(number)
        return self

    def lives(self):
        """What was told of each signal, in order."""
        found = defaultdict(list)
        for number, verdict in self.told:
            found[verdict.signal.subject].append((number, verdict))
        return found.values()


def whole(history):
    return range(1, len(history) + 1)


@given(histories, st.data())
def test_order_and_repetition_never_make_two_signals(history, data):
    order = data.draw(st.lists(st.sampled_from(whole(history)), max_size=30))
    store = Store(history).replayed(order)
    subjects = [signal.subject for signal in store.signals.values()]
    assert len(subjects) == len(set(subjects))
    for life in store.lives():
        kinds = [verdict.kind for _, verdict in life if verdict.kind != "changed"]
        assert kinds[0] == "raised"
        assert all(one != other for one, other in pairwise(kinds))


@given(histories, st.data())
def test_a_log_read_again_from_any_place_tells_nothing_new(history, data):
    once = Store(history).replayed(whole(history))
    order = [number for last in whole(history) for number in (*data.draw(repeats(last)), last)]
    again = Store(history).replayed(order)
    assert again.signals == once.signals
    assert again.told == once.told


def repeats(last):
    """Some of the looks before `last`, told again."""
    return st.lists(st.integers(1, last - 1), max_size=3) if last > 1 else st.just([])


@given(histories)
def test_one_look_never_withdraws_and_never_raises_twice(history):
    for life in Store(history).replayed(whole(history)).lives():
        moments = [(number, verdict.kind) for number, verdict in life if verdict.kind != "changed"]
        for (raised, _), (withdrawn, kind) in pairwise(moments):
            assert kind == "raised" or withdrawn - raised >= 2


@given(histories)
def test_what_rose_falls_after_two_looks_at_the_earliest(history):
    for life in Store(history).replayed(whole(history)).lives():
        for (first, risen), (then, fallen) in pairwise(life):
            assert not (rose(risen) and fell(fallen)) or then - first >= 2


def rose(verdict):
    return verdict.was is None or level_of(verdict.was) < level_of(verdict.signal.severity)


def fell(verdict):
    return verdict.kind == "changed" and level_of(verdict.was) > level_of(verdict.signal.severity)


@given(histories)
def test_better_is_never_more_than_news_and_worse_gaps_are_always_heard(history):
    store = Store(history).replayed(whole(history))
    assert all(
        verdict.signal.severity == "info" for _, verdict in store.told if verdict.signal.subject.direction == "better"
    )
    last = {}
    for rows in history:
        last.update(rows)
    pooled = {subject for subject, signal in open_signals(store) if subject.is_pooled}
    for (claim, arm, region, group), each in last.items():
        if each.stands == "worse":
            found = {(s.claim, s.arm, s.group, s.region) for s, _ in open_signals(store) if s.direction == "worse"}
            joined = any((s.claim, s.arm, s.group, s.direction) == (claim, arm, group, "worse") for s in pooled)
            assert joined or (claim, arm, group, region) in found


def open_signals(store):
    return [(signal.subject, signal) for signal in store.signals.values() if signal.is_open]
