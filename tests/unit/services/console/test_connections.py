"""What is shown beside the board: what stands first, then what comes closest, and what the looks remark."""

import asyncio
import re
from dataclasses import replace

import pytest

from contracts.plan import Areas, ElsewhereClaim, PairsClaim
from contracts.readings import DataWarning, Inequality
from infra.postgres.evidence_reading import Seen
from infra.postgres.reading import ClosedLook
from services.claimed import combined, comparisons
from services.console import connections
from services.console.languages import LANGUAGES
from services.console.names import Names
from services.console.remarks import Remarks
from services.console.words import Words

QUIET = {"stands": None, "state": "watching"}
PART = {"other_difference": 0.06, "other_difference_lower": 0.02, "other_difference_upper": 0.1}


@pytest.fixture(scope="module")
def whole_plan(plan):
    areas = Areas(plan.choices.areas.here, ("GM0141",), ("GM0363", "GM0599"))
    claims = replace(
        plan.claims,
        level=True,
        divergence=True,
        elsewhere=ElsewhereClaim(),
        trade_off=PairsClaim((("part_time_work", "trust"),)),
    )
    indicators = (replace(plan.indicators[0], floor=0.3), *plan.indicators[1:])
    return replace(plan, choices=replace(plan.choices, areas=areas), claims=claims, indicators=indicators)


@pytest.fixture
def shown(whole_plan, monkeypatch):
    """Function from rows and looks to the connections that are shown of them."""

    def made(*rows, looks=()):
        async def latest(_connection, _policy, chosen):
            return tuple(Seen(1, None, row) for row in rows if row.claim in chosen.claims and _fits(row, chosen))

        async def last_looks(_connection, _policy):
            return looks

        monkeypatch.setattr(connections.evidence_reading, "latest", latest)
        monkeypatch.setattr(connections, "last_looks", last_looks)
        names, words = Names(whole_plan, "nl"), Words(LANGUAGES["nl"])
        return asyncio.run(connections.connections_of(None, whole_plan, names=names, words=words))

    return made


def _fits(row, chosen):
    return row.region in chosen.regions and row.other_indicator in chosen.others


def test_what_stands_comes_first_and_what_is_worse_before_what_is_better(shown, make_row):
    found = shown(
        make_row(claim="level", arm="all", group="health", indicator="part_time_work", stands="worse", log_e_worse=6.0),
        make_row(claim="divergence", stands="worse", log_e_worse=9.0, **PART),
        make_row(claim="trade_off", other_indicator="trust", log_e_worse=1.0, **QUIET, **PART),
    )
    assert [each.log_e for each in found.standing] == [9.0, 6.0]
    (close,) = found.closest
    assert close.sentence.startswith("Mogelijk: ")


def test_what_has_no_evidence_for_it_is_not_close(shown, make_row):
    found = shown(make_row(claim="divergence", log_e_worse=-0.5, log_e_better=0.0, **QUIET))
    assert (found.standing, found.closest) == ((), ())
    assert found.n_watched > 0


def test_people_above_their_floor_are_no_news(shown, make_row):
    row = make_row(claim="level", arm="all", stands="better", log_e_worse=-9.0, log_e_better=9.0)
    assert shown(row).standing == ()


def test_an_area_that_stands_is_descriptive_and_comes_after_what_has_a_guarantee(shown, make_row):
    area = {"claim": "elsewhere", "arm": "all", "group": "all", "region": "GM0141", "guarantee": "descriptive"}
    found = shown(
        make_row(**area, stands="worse", log_e_worse=9.0, placebos=(0, 2)),
        make_row(**{**area, "indicator": "trust"}, log_e_worse=-1.0, placebos=(2, 2), **QUIET),
        make_row(claim="divergence", stands="worse", log_e_worse=6.0, **PART),
    )
    assert [each.log_e for each in found.standing] == [6.0, 9.0]
    assert "in 0 van 2 vergelijkingsgebieden" in found.standing[1].sentence
    assert found.closest == ()


def test_the_last_look_of_every_outcome_remarks(shown):
    warning = DataWarning(
        code="sample_ratio", arm="exemption", region="all", group="all", seen=0.412, expected=0.5, log_e=3.0
    )
    unequal = Inequality(arm="all", measure="gini", part="total", value=0.3124, standard_error=0.01, n=812)
    look = ClosedLook(3, "trust", "2018-03", 6, 90, None, (warning,), (unequal,))
    found = shown(looks=(look,))
    assert "exemption telt 41,2% van alle eenheden; volgens het plan 50,0%." in found.warnings[0]
    assert "Gini in totaal 0,312 (standaardfout 0,010), bij 810 mensen." in found.inequality[0]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("code", ["sample_ratio", "reporting_delay", "group_shares"])
def test_every_warning_is_said_with_both_its_figures(plan, code, language):
    remarks = Remarks(plan, Names(plan, language), Words(LANGUAGES[language]))
    said = remarks.warning(
        DataWarning(code=code, arm="all", region="GM0344", group="health", seen=0.75, expected=0.5, log_e=None), "trust"
    )
    assert "GM0344" in said
    assert Names(plan, language).indicator("trust") in said.casefold()
    assert re.search(r"0[,.]8|75[,.]0%", said)
    assert re.search(r"0[,.]5|50[,.]0%", said)
    assert "{" not in said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "Control: 310 van de 1.400 deelnemers die het plan noemt."),
        ("en", "Control: 310 of the 1,400 participants that the plan names."),
    ],
)
def test_who_is_still_to_come_is_no_doubt_about_the_data_and_told_once(shown, plan, language, said):
    behind = DataWarning(
        code="enrolment_behind", arm="control", region="all", group="all", seen=312.0, expected=1400.0, log_e=None
    )
    looks = [ClosedLook(3, each, "2018-03", 6, 90, None, (behind,), ()) for each in ("part_time_work", "trust")]
    found = shown(looks=looks)
    assert (found.warnings, len(found.enrolment)) == ((), 1)
    assert Remarks(plan, Names(plan, language), Words(LANGUAGES[language])).enrolment(behind) == said


def test_the_plan_implies_each_claim_once(whole_plan):
    pooled = [*comparisons(whole_plan, pooled=True), *combined(whole_plan, pooled=True)]
    regional = [*comparisons(whole_plan, pooled=False), *combined(whole_plan, pooled=False)]
    assert [each.claims[0] for each in pooled] == ["effect", "gap", "level", "divergence", "trade_off", "trade_off"]
    assert [each.claims[0] for each in regional] == [
        "effect",
        "gap",
        "level",
        "elsewhere",
        "divergence",
        "trade_off",
        "trade_off",
    ]
    assert [each.size for each in pooled] == [3 * 2 * 5, 3 * 4 * 3, 1 * 4 * 5, 3 * 2 * 3, 2 * 5, 2 * 5]
    assert regional[3].size == 3
