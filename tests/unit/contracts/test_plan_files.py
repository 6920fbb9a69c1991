"""Whole plans as people write them: every part that the plan language has is read from one of them."""

from dataclasses import fields
from pathlib import Path

import pytest

from contracts.plan import Claims, EffectClaim, ElsewhereClaim, GapClaim, PairsClaim, RollOutClaim
from contracts.plan_reader import notes, plan_of_canonical, read_plan

FILES = sorted((Path(__file__).parents[2] / "data" / "plans").glob("*.yaml"))


def plan(name):
    return read_plan(next(file for file in FILES if file.stem == name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_plan_is_accepted_and_can_be_kept(file):
    found = plan(file.stem)
    assert plan_of_canonical(found.canonical) == found
    assert notes(found)


def test_a_plan_with_every_part_is_read_whole():
    found = plan("trust_trial")
    assert found.arms.every == ("control", "exemption", "guidance", "earnings")
    assert found.choices.areas.elsewhere == ("GM0141", "GM0200")
    assert found.claims.gap.odds_ratio["part_time_work", "low_education"] == 0.8
    assert found.indicator("part_time_work").expected == (("exemption", 0.0, 0.05),)
    assert (found.pre_period.first.label, found.pre_period.last.label) == ("2016-10", "2017-09")
    assert all(getattr(found.claims, each.name) for each in fields(Claims))
    pairs = (("part_time_work", "full_time_work"), ("part_time_work", "trust_in_council"))
    assert found.claims.trade_off == found.claims.co_benefit == PairsClaim(pairs)


def test_a_continuous_outcome():
    found = plan("earnings")
    earnings, later = found.indicators
    assert (earnings.low, earnings.high, earnings.decimals, earnings.margin_difference) == (0, 20_000, 2, 10)
    assert later.later_of == "earnings"
    assert found.arms.planned == (("usual", 400), ("supplement", 400))
    assert found.claims == Claims(EffectClaim(), GapClaim("pre_period", {}, 1.0), level=True, later=True)


def test_clusters():
    found = plan("classes")
    assert (found.unit, found.cluster) == ("pupil", "class")
    assert found.claims.trade_off == PairsClaim((("reading", "repeats"),))


def test_repeated_measures():
    found = plan("neighbourhoods")
    assert (found.measured, found.n_looks) == ("repeatedly", 40)
    assert found.claims.average_hides
    assert not found.claims.effects_differ


def test_a_roll_out():
    found = plan("parking")
    starts = [(region, period.label) for region, period in found.claims.roll_out.starts]
    assert starts == [("centre", "2022-01"), ("harbour", "2022-07"), ("station", "2023-01")]
    assert found.claims == Claims(
        gap=GapClaim("pre_period"),
        elsewhere=ElsewhereClaim(),
        roll_out=RollOutClaim(found.claims.roll_out.starts, True),
    )
