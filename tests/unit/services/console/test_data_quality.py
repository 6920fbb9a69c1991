"""What the inspector found, in words: the critical first, a figure beside its bound, and nothing small."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from contracts.quality import Cell, QualityResult, Series
from contracts.quality_rules import RULES
from infra.postgres.quality import LatestResult
from infra.postgres.quality_board import OpenPause
from services.console.data_quality import QualityLines
from services.console.languages import LANGUAGES
from services.console.names import Names
from services.console.words import Words

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)


@pytest.fixture
def lines(plan):
    return QualityLines(Names(plan, "nl"), Words(LANGUAGES["nl"]))


def latest(rule, outcome="failed", *, hours=0, **facts):
    severity, bound = RULES[rule].severity, RULES[rule].bound
    result = QualityResult(rule=rule, severity=severity, outcome=outcome, bound=bound, **facts)
    return LatestResult("trust-trial", result, 1, 9, NOW - timedelta(hours=hours), NOW)


def test_critical_rules_go_first_and_then_what_lasts_longest(lines):
    found = lines.of([latest("planned", hours=9), latest("delay", hours=1), latest("complete", hours=5)], "failed")
    assert [each.rule for each in found] == ["complete", "delay", "planned"]
    assert [each.is_critical for each in found] == [True, True, False]


def test_a_rule_that_only_warns_under_this_plan_is_not_called_critical(lines):
    """`coverage` pauses signals only where a plan says what is due in a look."""
    found = latest("coverage")
    warning = replace(found, result=msgspec.structs.replace(found.result, severity="warning"))
    assert [each.is_critical for each in lines.of([warning], "failed")] == [False]
    assert [each.is_critical for each in lines.of([found, warning], "failed")] == [True]


def test_each_outcome_is_by_itself(lines):
    results = [latest("complete"), latest("fresh", "passed"), latest("delay", "could_not_run", why="the worker ended")]
    assert [each.rule for each in lines.of(results, "failed")] == ["complete"]
    (broken,) = lines.of(results, "could_not_run")
    assert (broken.rule, broken.why, broken.places) == ("delay", "the worker ended", ("Alle gegevens",))


def test_a_rule_names_its_places_with_what_was_seen_beside_what_is_allowed(lines):
    first = latest("complete", hours=3, indicator="trust", region="GM0014", figure=0.034, n=250)
    second = latest("complete", hours=5, indicator="trust", group="health", figure=None, n=None)
    (line,) = lines.of([first, second], "failed")
    assert line.text == RULES["complete"].text.nl
    assert line.since == NOW - timedelta(hours=5)
    assert line.places == (
        "Vertrouwt de gemeente, GM0014: gezien 3,4%, hoogstens 2%, bij 250 records",
        "Vertrouwt de gemeente, beperkte gezondheid: het cijfer is te klein om te tonen",
    )


def test_a_minimum_is_a_minimum_and_no_records_are_no_figure(lines):
    (short,) = lines.of([latest("volume_short", figure=0.31, look="2018-03")], "failed")
    assert short.places == ("Alle gegevens, mrt 2018: gezien 0,31, minstens 0,50",)
    (gap,) = lines.of([latest("coverage", figure=0.0, arm="exemption")], "failed")
    assert gap.places == ("Exemption: geen records",)


def test_of_many_places_the_broadest_are_named(lines):
    narrow = [latest("coverage", region=f"r{n}") for n in range(10)]
    (line,) = lines.of([*narrow, latest("coverage")], "failed")
    assert (line.places[0], len(line.places), line.n_more) == ("Alle gegevens: geen records", 5, 6)


def test_what_cannot_be_judged_says_why_and_differs_by_reason(lines):
    results = [
        latest("delay", "not_applicable", why="few_records", indicator="trust"),
        latest("delay", "not_applicable", why="nothing_is_late", indicator="arrears"),
    ]
    found = lines.of(results, "not_applicable")
    assert {each.why for each in found} == {"nog te weinig records", "bij deze manier van meten komt niets later"}


@pytest.mark.parametrize(
    "why",
    [
        "few_records",
        "few_expected",
        "reference",
        "before_the_policy",
        "counts_records",
        "not_planned",
        "nothing_is_late",
    ],
)
def test_every_word_of_the_inspector_is_a_sentence(lines, why):
    assert "_" not in lines.why(why)


def test_pauses_of_one_rule_are_one_line_that_says_what_waits_and_since_when(lines):
    def pause(hours, *suppliers, rule="complete", **cell):
        return OpenPause("trust-trial", Series(rule, Cell("trust", **cell)), suppliers, NOW - timedelta(hours=hours))

    late = pause(9, "uwv", rule="delay", arm="exemption")
    together = [pause(n, "uwv", "local", region=f"r{n}") for n in range(9)]
    first, second = lines.pauses([*together, late])
    assert (first.places, first.text) == (("Vertrouwt de gemeente, exemption",), RULES["delay"].text.nl)
    assert (second.places[0], second.n_more) == ("Vertrouwt de gemeente, r0", 4)
    assert (second.suppliers, second.since) == (("uwv", "deze installatie (leerlus)"), NOW - timedelta(hours=8))
