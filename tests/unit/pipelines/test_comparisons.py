"""Which rows a plan implies, and which tables feed them."""

from collections import Counter
from math import log

import numpy as np
import pytest

from contracts.period import parse_period
from contracts.records import Observation
from pipelines.cells import cell_of, counts_of
from pipelines.comparisons import Wiring, comparisons, signed_bets
from pipelines.measures import measure_of
from pipelines.tables import tables_of


@pytest.fixture
def work(plan):
    return plan.indicator("work")


@pytest.fixture
def debts(plan):
    return plan.indicator("debts")


def test_effect_and_gap_imply_every_arm_group_and_region_with_the_pooled_ones(plan, work):
    rows = comparisons(plan, work)
    assert Counter(row.claim for row in rows) == {"effect": 1 * 3 * 3, "gap": 1 * 3 * 3}
    assert {row.group for row in rows if row.claim == "gap"} == {"parents"}
    assert {row.arm for row in rows if row.claim == "gap"} == {"all", "control", "trust"}
    assert {row.region for row in rows} == {"all", "north", "south"}
    assert [row.key for row in rows] == sorted(row.key for row in rows)


def test_margins_forgive_in_both_directions(plan, work, debts):
    def gap(indicator):
        return next(row for row in comparisons(plan, indicator) if row.claim == "gap")

    np.testing.assert_allclose(gap(work).nulls, [log(0.8 * 0.9), log(0.8 / 0.9)])
    np.testing.assert_allclose(gap(debts).nulls, [log(1 / 0.9), log(0.9)])


def test_the_sign_of_a_bet_towards_worse_follows_the_direction(plan, work, debts):
    assert (signed_bets(plan, work)[0] < 0).all()
    assert (signed_bets(plan, debts)[0] > 0).all()
    np.testing.assert_array_equal(signed_bets(plan, work), signed_bets(plan, debts)[::-1])


def test_a_definition_changes_with_what_its_e_process_depends_on_and_with_nothing_else(make):
    def definitions(**changes):
        plan = make.plan(**changes)
        return {row.key: row.definition for row in comparisons(plan, plan.indicator("work"))}

    first = definitions()
    assert definitions(version=2, effective_from="2021-01") == first
    changed = {key for key, definition in definitions(gap=0.7).items() if first[key] != definition}
    assert {key[0] for key in changed} == {"gap"}
    assert all(first[key] != definition for key, definition in definitions(look="P3M").items())


def observation(arm: str, region: str, groups: tuple[str, ...], value: int, period: str = "2020-01") -> Observation:
    return Observation("", "trial", "work", "", region, groups, period, value, "", arm)


def tables(plan, *observations: Observation):
    cells: dict = {}
    for each in observations:
        key = cell_of(each, parse_period(each.period), plan)
        people, events = cells.get(key, (0, 0))
        cells[key] = (people + 1, events + int(each.value))
    wiring = Wiring(plan, plan.indicator("work"))
    measure = measure_of(plan, plan.indicator("work"))
    found = tables_of(counts_of(cells, plan, n_amounts=measure.n_amounts), plan, wiring, measure)
    return [
        (
            wiring.rows[base].claim,
            wiring.rows[base].arm,
            wiring.rows[base].region,
            wiring.rows[base].group,
            *(int(side[at]) for side in (found.n_a, found.k_a, found.n_b, found.k_b)),
        )
        for at, base in enumerate(found.base.tolist())
    ]


def test_the_rest_is_everybody_of_the_stratum_not_in_the_group(plan):
    found = tables(
        plan,
        observation("trust", "north", ("parents",), 1),
        observation("trust", "north", ("older",), 0),
        observation("trust", "north", (), 1),
        observation("control", "north", ("parents", "older"), 1),
    )
    assert ("gap", "trust", "north", "parents", 2, 1, 1, 1) in found
    assert ("gap", "control", "north", "parents", 0, 0, 1, 1) in found
    assert ("effect", "trust", "north", "all", 1, 1, 3, 2) in found
    assert ("effect", "trust", "north", "parents", 1, 1, 1, 1) in found
    assert ("effect", "trust", "north", "older", 1, 1, 1, 0) in found


def test_a_record_of_another_period_is_a_table_of_its_own(plan):
    found = tables(
        plan,
        observation("trust", "north", (), 1),
        observation("control", "north", (), 0, "2019-12"),
    )
    effects = [table for table in found if table[0] == "effect" and table[3] == "all"]
    assert sorted(table[4:] for table in effects) == [(0, 0, 1, 1), (1, 0, 0, 0)]


def test_units_elsewhere_make_no_table(plan):
    assert tables(plan, observation("none", "east", (), 1)) == []


def test_a_table_feeds_its_own_row_and_those_that_pool_it(plan, work):
    wiring = Wiring(plan, work)
    base = np.array([wiring.place("gap", "trust", "north", "parents"), wiring.place("effect", "trust", "south", "all")])
    row, table = wiring.pairs(base, np.zeros(2, dtype=bool))
    fed = {
        (int(at), wiring.rows[number].arm, wiring.rows[number].region) for number, at in zip(row, table, strict=True)
    }
    assert fed == {
        (0, "trust", "north"),
        (0, "trust", "all"),
        (0, "all", "north"),
        (0, "all", "all"),
        (1, "trust", "south"),
        (1, "trust", "all"),
    }
