"""Which findings stand, by a definition of e-BH that shares no code with the engine."""

from math import log, pi

import numpy as np
import pytest

from pipelines.reasons import Reasons
from pipelines.standing import drop_outs, judge
from pipelines.together import Together
from pipelines.tracks import STANDING, STANDS_BETTER, STANDS_WORSE, TOO_EARLY, WATCHING, WITHDRAWN
from pipelines.watched import fresh


@pytest.fixture
def watched(plan):
    each = fresh(plan, plan.indicator("work"))
    each.tracks.units[:] = 50
    return each


def judged(watched, plan):
    members = {each.id: fresh(plan, each) for each in plan.watched_indicators} | {"work": watched}
    return judge(members, Together(plan, members), plan)


def with_evidence(watched, place: int, worse: float, better: float = 0.0) -> None:
    watched.tracks.strength[place] = worse, better


def pooled(watched) -> list[int]:
    return [at for at, row in enumerate(watched.wiring.rows) if row.region == "all"]


def test_one_row_stands_at_the_number_of_hypotheses_over_half_of_alpha(watched, plan):
    place, hypotheses = pooled(watched)[0], 2 * len(pooled(watched))
    with_evidence(watched, place, log(hypotheses / 0.025) - 1e-9)
    judged(watched, plan)
    assert watched.tracks.state[place] == WATCHING
    with_evidence(watched, place, log(hypotheses / 0.025) + 1e-9)
    changed = judged(watched, plan).moved["work"]
    assert watched.tracks.state[place] == STANDING
    assert watched.tracks.stands[place] == STANDS_WORSE
    assert changed.tolist() == [place]


def test_several_rows_help_each_other_and_both_directions_count(watched, plan):
    first, second, *_ = pooled(watched)
    hypotheses = 2 * len(pooled(watched))
    with_evidence(watched, first, log(hypotheses / (2 * 0.025)) + 1e-9)
    judged(watched, plan)
    assert watched.tracks.stands[first] == 0
    with_evidence(watched, second, 0.0, log(hypotheses / (2 * 0.025)) + 1e-9)
    judged(watched, plan)
    assert watched.tracks.stands[first] == STANDS_WORSE
    assert watched.tracks.stands[second] == STANDS_BETTER


def test_rows_with_too_few_people_are_no_hypotheses_and_too_early(watched, plan):
    first, *others = pooled(watched)
    watched.tracks.units[others, 1] = 9
    with_evidence(watched, first, log(2 / 0.025) + 1e-9)
    judged(watched, plan)
    assert watched.tracks.state[first] == STANDING
    assert set(watched.tracks.state[others].tolist()) == {TOO_EARLY}


def test_the_families_are_apart(watched, plan):
    regional = next(at for at, row in enumerate(watched.wiring.rows) if row.region != "all")
    with_evidence(watched, regional, 100.0)
    judged(watched, plan)
    assert watched.tracks.state[regional] == STANDING
    assert (watched.tracks.stands[pooled(watched)] == 0).all()


def test_a_finding_that_leaves_is_withdrawn_and_may_come_back(watched, plan):
    place = pooled(watched)[0]
    states = []
    for evidence in (0.0, 100.0, 0.0, 0.0, 100.0):
        with_evidence(watched, place, evidence)
        judged(watched, plan)
        states.append(int(watched.tracks.state[place]))
    assert states == [WATCHING, STANDING, WITHDRAWN, WITHDRAWN, STANDING]


def test_what_began_in_a_later_version_may_spend_less(watched, plan):
    place, hypotheses = pooled(watched)[0], 2 * len(pooled(watched))
    watched.tracks.since[place] = 2
    price = log(pi**2 * 4 / 6)
    with_evidence(watched, place, log(hypotheses / 0.025) + price - 1e-9)
    judged(watched, plan)
    assert watched.tracks.stands[place] == 0
    with_evidence(watched, place, log(hypotheses / 0.025) + price + 1e-9)
    judged(watched, plan)
    assert watched.tracks.stands[place] == STANDS_WORSE


def test_recent_comes_from_the_detectors(watched, plan):
    place, hypotheses = pooled(watched)[0], 2 * len(pooled(watched))
    watched.tracks.log_m[place, 0] = log(hypotheses * plan.evidence.run_length) + 1e-9
    judged(watched, plan)
    assert watched.tracks.recent[place] == STANDS_WORSE
    assert np.count_nonzero(watched.tracks.recent) == 1
    assert watched.tracks.stands[place] == 0


def test_drop_out_that_stood_only_beside_the_findings_it_takes_away_stays_found(plan):
    """Two findings together carry the missingness; the effect that is one of them then loses its guarantee."""
    members = {each.id: fresh(plan, each) for each in plan.watched_indicators}
    for each in members.values():
        each.tracks.units[:] = 50
    work, missing = members["work"], members["work.missing"]
    effect, lost = (each.wiring.place("effect", "trust", "all", "all") for each in (work, missing))
    hypotheses = 2 * sum(len(pooled(each)) for each in members.values())
    with_evidence(work, effect, 100.0)
    with_evidence(missing, lost, log(hypotheses / (2 * 0.025)) + 1e-9)
    for _ in range(3):
        moved = judge(members, Together(plan, members), plan).moved
        assert drop_outs(members) == {("work", "trust")}
        assert Reasons(members, plan).of_comparison(work, effect) == DIFFERS
        assert (work.tracks.stands[effect], work.tracks.state[effect]) == (0, WATCHING)
    assert not any(len(rows) for rows in moved.values())


def test_every_row_of_an_arm_whose_drop_out_differs_says_so(plan):
    members = {each.id: fresh(plan, each) for each in plan.watched_indicators}
    for each in members.values():
        each.tracks.units[:] = 50
    with_evidence(members["work.missing"], members["work.missing"].wiring.place("effect", "trust", "all", "all"), 100.0)
    judge(members, Together(plan, members), plan)
    reasons, work = Reasons(members, plan), members["work"]
    for at, row in enumerate(work.wiring.rows):
        assert reasons.of_comparison(work, at) == (DIFFERS if row.arm == "trust" else None)


DIFFERS = "descriptive: missing outcomes differ between the arms"


# The planned looks of units that are measured repeatedly


@pytest.fixture
def repeated(plan_of):
    plan = plan_of(measured="repeatedly", looks=3, claims={"effect": {}})
    watched = fresh(plan, plan.indicator("work"))
    watched.tracks.units[:] = 50
    return watched, plan


@pytest.mark.parametrize(("n_closed", "stands"), [(3, STANDS_WORSE), (4, 0)])
def test_nothing_new_stands_after_the_planned_looks(repeated, n_closed, stands):
    watched, plan = repeated
    watched.open.index = n_closed
    with_evidence(watched, pooled(watched)[0], 100.0)
    judged(watched, plan)
    assert watched.tracks.stands[pooled(watched)[0]] == stands


def test_what_stood_by_then_goes_on_and_what_left_does_not_come_back(repeated):
    watched, plan = repeated
    place, strength = pooled(watched)[0], [100.0, 100.0, 0.0, 100.0]
    life = []
    for n_closed, nats in enumerate(strength, start=3):
        watched.open.index = n_closed
        with_evidence(watched, place, nats)
        judged(watched, plan)
        life.append(int(watched.tracks.state[place]))
    assert life == [STANDING, STANDING, WITHDRAWN, WITHDRAWN]


def test_a_comparison_that_began_later_has_its_own_planned_looks(repeated):
    watched, plan = repeated
    watched.open.index, watched.tracks.since_look[:] = 5, 2
    with_evidence(watched, pooled(watched)[0], 100.0)
    judged(watched, plan)
    assert watched.tracks.stands[pooled(watched)[0]] == STANDS_WORSE
