import json
import re

import msgspec
import pytest

from contracts.events import LookClosed
from pipelines.tracked import cut_off_ms, regional_table, tracked


@pytest.fixture
def look(make_row):
    rows = (make_row(), make_row(region="south", k_b=4), make_row(indicator="debts", look_index=2, difference=None))
    return LookClosed(
        policy="trial",
        plan_version=1,
        plan_sha256="0" * 64,
        closing=7,
        indicator="work",
        look="2026-03",
        look_index=3,
        n_counted=52,
        offsets=(0, 99),
        closed_at_ms=1_774_000_000_000,
        rows=rows,
    )


def test_rows_over_all_regions_become_metrics_at_their_own_look(look, plan):
    values = {each.key: (each.value, each.look_index) for each in tracked(look, plan)}
    assert values["gap.work.all.all.parents.log_e_worse"] == (4.5, 3)
    assert values["gap.work.all.all.parents.stands"] == (-1.0, 3)
    assert values["gap.debts.all.all.parents.log_e_worse"] == (4.5, 2)
    assert not any(".south." in key for key in values)


def test_the_volume_of_the_look_is_rounded(look, plan):
    assert tracked(look, plan)[0].value == 50.0


def test_a_figure_that_does_not_exist_is_left_out(look, plan):
    keys = {each.key for each in tracked(look, plan)}
    assert "gap.work.all.all.parents.difference" in keys
    assert "gap.debts.all.all.parents.difference" not in keys


def test_small_cells_have_a_conclusion_but_neither_figures_nor_evidence(look, plan, make_row):
    small = msgspec.structs.replace(look, rows=(make_row(k_b=4),))
    names = {each.key.rsplit(".", 1)[1] for each in tracked(small, plan)}
    assert names == {"n_counted", "stands"}


def test_evidence_is_rounded(look, plan, make_row):
    row = make_row(region="south", log_e_worse=4.5178)
    both = msgspec.structs.replace(look, rows=(row, msgspec.structs.replace(row, region="all")))
    values = {each.key: each.value for each in tracked(both, plan)}
    assert values["gap.work.all.all.parents.log_e_worse"] == 4.52
    assert json.loads(regional_table(both, plan))[0]["log_e_worse"] == 4.52


def test_regions_are_a_table_without_small_cells(look, plan):
    (row,) = json.loads(regional_table(look, plan))
    assert (row["region"], row["held_back"], row["stands"]) == ("south", "few_with_outcome", "worse")
    held_back = ("n_b", "share_b", "log_e_worse", "log_e_better", "log_detector_worse", "smallest_visible")
    assert {row[name] for name in held_back} == {None}


def test_without_regional_rows_there_is_no_table(look, plan, make_row):
    assert regional_table(msgspec.structs.replace(look, rows=(make_row(),)), plan) is None


def test_the_data_reach_up_to_the_closing_or_else_the_end_of_the_period(look):
    assert cut_off_ms(look) == 1_774_000_000_000
    assert cut_off_ms(msgspec.structs.replace(look, closed_at_ms=None)) == 1_775_001_600_000  # 1 April 2026


def test_pairs_and_missing_outcomes_have_keys_that_the_tracking_server_takes(look, plan, make_row):
    """Letters, digits and `_-. :/` are allowed there."""
    rows = (
        make_row(claim="trade_off", other_indicator="debts", arm="trust", other_difference=0.06),
        make_row(claim="effect", indicator="work.missing", arm="trust", group="all"),
        make_row(claim="cumulation", indicator="all", arm="trust", difference=None, estimate=None),
    )
    keys = {each.key for each in tracked(msgspec.structs.replace(look, rows=rows), plan)}
    assert "trade_off.work:debts.trust.all.parents.log_e_worse" in keys
    assert "effect.work.missing.trust.all.all.stands" in keys
    assert "cumulation.all.trust.all.parents.n_b" in keys
    assert not [key for key in keys if not re.fullmatch(r"[/\w.\- :]+", key, re.ASCII)]
