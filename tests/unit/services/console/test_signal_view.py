from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp, log

import numpy as np
import pytest

from infra.postgres.evidence_reading import Seen
from infra.postgres.reading import StoredSignal
from pipelines.evidence.multiplicity import e_bh
from services.console.family import family, threshold
from services.console.languages import LANGUAGES
from services.console.names import Names
from services.console.subjects import about, lines_of, working_days_left
from services.console.trail import difference_over_looks, evidence_over_looks, first_standing, steps
from services.console.words import MINUS, Words

WORDS = Words(LANGUAGES["nl"])
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def stored(**changes):
    """A signal about single parents in all regions."""
    values = dict.fromkeys(StoredSignal.__slots__)
    facts = {
        "number": "2026-001",
        "policy": "trust-trial",
        "claim": "effect",
        "indicator": "part_time_work",
        "arm": "exemption",
        "region": "all",
        "group": "single_parent",
        "direction": "worse",
        "severity": "high",
        "owner_office": "afdeling",
        "decide_before": MONDAY,
    }
    return StoredSignal(**{**values, **facts, **changes})


# --- deadlines and subjects ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "left"), [(0, 0), (1, 1), (4, 4), (5, 4), (7, 5), (14, 10), (-3, 0)])
def test_days_left_are_counted_from_monday_to_friday(days, left):
    assert working_days_left(MONDAY + timedelta(days=days), MONDAY) == left


def test_a_signal_is_about_people_and_places_by_name(plan):
    found = about(stored(), plan, Names(plan, "en"))
    assert (found.group, found.arm, found.region, found.indicator) == (
        "single parents",
        "exemption",
        None,
        "works part-time",
    )
    assert not found.has_starting_point


def test_a_gap_knows_whether_the_plan_declared_a_starting_point(plan):
    names = Names(plan, "nl")
    assert about(stored(claim="gap", arm="all"), plan, names).has_starting_point
    assert not about(stored(claim="gap", arm="all", group="health"), plan, names).has_starting_point


def test_signals_are_listed_with_the_most_urgent_first_and_otherwise_as_they_came(plan):
    told = [stored(number=str(n), severity=each) for n, each in enumerate(("info", "high", "notice", "high"))]
    assert [line.number for line in lines_of(told, plan, Names(plan, "nl"))] == ["1", "3", "2", "0"]


def test_a_part_that_the_plan_does_not_name_keeps_its_id(plan):
    names = Names(plan, "nl")
    assert names.group("gone") == "gone"
    assert names.indicator("gone") == "gone"
    assert names.group("all") == "iedereen samen"


# --- the looks of a comparison ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trail(plan, make_row):
    """Function from (look, stands, log e) to the looks of a comparison."""

    def made(*looks, **changes):
        seen = [
            Seen(place, None, make_row(look_index=look, stands=stands, log_e_worse=log_e, **changes))
            for place, (look, stands, log_e) in enumerate(looks)
        ]
        return steps(seen, plan=plan, indicator=plan.indicator("part_time_work"), direction="worse", words=WORDS)

    return made


def test_a_finding_stands_since_the_look_after_which_it_never_left(trail):
    made = trail((1, None, 0.0), (2, "worse", 5.0), (3, None, 1.0), (4, "worse", 5.0), (5, "worse", 6.0))
    assert first_standing(made).look_index == 4
    assert first_standing(trail((1, "worse", 5.0), (2, None, 0.0))) is None
    assert first_standing(()) is None


def test_a_finding_in_the_other_direction_does_not_stand(trail):
    assert first_standing(trail((1, "better", 0.0))) is None


def test_a_look_that_was_told_twice_is_shown_as_it_was_told_last(trail):
    made = trail((1, None, 0.0), (2, None, 3.0), (2, "worse", 3.0))
    assert [(step.look_index, step.stands) for step in made] == [(1, False), (2, True)]


def test_where_looks_are_counted_they_are_named_by_their_number(plan, make_row):
    counted = replace(plan, look=replace(plan.look, every=50))
    made = steps(
        [Seen(1, None, make_row(look_index=7))],
        plan=counted,
        indicator=plan.indicator("part_time_work"),
        direction="worse",
        words=WORDS,
    )
    assert (made[0].label, made[0].short) == ("7", "7")


def test_the_charts_say_in_words_what_they_show(plan, trail):
    made = trail((1, None, 0.0), (2, "worse", log(80)))
    chart = difference_over_looks(
        made, indicator=plan.indicator("part_time_work"), title="werk", events=[], words=WORDS
    )
    assert f"Het verschil was {MINUS}3,0 punten bij weging 1 en is {MINUS}3,0 punten bij weging 2." in chart
    evidence = evidence_over_looks(made, threshold=None, title="werk", words=WORDS)
    assert "Het bewijs was 1 bij weging 1 en is 79,8 bij weging 2." in evidence


def test_without_any_estimate_there_is_no_chart(plan, trail):
    made = trail((1, None, 0.0), difference_lower=None, difference_upper=None)
    assert difference_over_looks(made, indicator=plan.indicator("trust"), title="", events=[], words=WORDS) is None
    assert evidence_over_looks((), threshold=None, title="", words=WORDS) is None


# --- how much evidence is needed -------------------------------------------------------------------------------------


def test_one_comparison_in_both_directions_needs_eighty(plan):
    needed = threshold(plan, n_hypotheses=2, n_standing=1, stands=True)
    assert exp(needed.log_e) == pytest.approx(80)
    assert needed.n_hypotheses == 2


def test_the_threshold_is_the_line_that_e_bh_draws(plan):
    """Whatever stands lies on or above it, whatever does not lies below it."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        log_e = rng.normal(3.0, 3.0, size=40)
        found = e_bh(log_e, alpha=plan.evidence.alpha / 2)
        needed = threshold(plan, n_hypotheses=40, n_standing=int(found.sum()), stands=bool(found.any()))
        assert ((log_e >= needed.log_e) == found).all()


def test_families_hold_every_comparison_of_the_plan_once(plan):
    pooled, regional = family(plan, pooled=True), family(plan, pooled=False)
    assert [chosen.size for chosen in pooled] == [3 * 2 * 5, 3 * 4 * 3]
    assert [chosen.size for chosen in regional] == [3 * 2 * 5 * 3, 3 * 4 * 3 * 3]
    assert all(chosen.regions == ("all",) for chosen in pooled)


def test_looks_are_those_of_the_outcome_itself_each_as_it_was_seen_last(plan, make_row):
    numbered = [(1, 7), (2, 8), (3, 1), (4, 2), (5, 2)]  # a pair is numbered by the other outcome before its own look
    seen = [Seen(closing, None, make_row(look_index=index, n_b=300 + closing)) for closing, index in numbered]
    made = steps(seen, plan=plan, indicator=plan.indicator("part_time_work"), direction="worse", words=WORDS)
    assert [step.look_index for step in made] == [1, 2]
    assert made[-1].figure.shown.n_b == 305
