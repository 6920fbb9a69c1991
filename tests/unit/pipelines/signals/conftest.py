"""A small plan and rows of evidence, so that a test says only what it is about."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.evidence import EvidenceRow
from contracts.period import parse_duration, parse_look, parse_period
from contracts.plan import (
    Areas,
    Arms,
    Assignment,
    Choices,
    Claims,
    Disclosure,
    EffectClaim,
    EvidenceSettings,
    GapClaim,
    Group,
    Indicator,
    Loser,
    Owner,
    Plan,
    Text,
)

REGIONS = ("GM0150", "GM0344")


def text(words: str) -> Text:
    return Text(words, words)


def indicator(**other: Any) -> Indicator:
    facts: dict[str, Any] = {
        "id": "work",
        "label": text("works"),
        "type": "binary",
        "direction": "higher_is_better",
        "aspect": "economic",
        "horizon": "now",
        "maturity": None,
        "role": "primary",
        "relevant_difference": 0.05,
        "margin_difference": 0.0,
        "low": 0.0,
        "high": 1.0,
        "decimals": 0,
        "floor": None,
        "target": None,
        "later_of": None,
        "expected": (),
    }
    return Indicator(**{**facts, **other})


def plan_with(*indicators: Indicator, version: int = 1, losers: tuple[Loser, ...] = (), **odds: float) -> Plan:
    return Plan(
        id="trial",
        version=version,
        sha256=f"{version:064}",
        supersedes_reason=None,
        kind="experiment",
        title=text("trial"),
        question=text("does it help?"),
        owner=Owner("alderman of work", "steering table", None),
        effective_from=parse_period("2026-01"),
        choices=Choices(text("all"), text("none"), losers, None, Areas(REGIONS, (), ()), (), "worst_off_first"),
        unit="person",
        cluster=None,
        look=parse_look("P1M"),
        lateness=parse_duration("P2M"),
        assignment=Assignment("randomised", ("region",)),
        arms=Arms("control", ("guidance",)),
        groups=(Group("parents", text("parents"), True, None), Group("older", text("older"), False, None)),
        programme=None,
        indicators=indicators or (indicator(), indicator(id="trust")),
        claims=Claims(
            EffectClaim(), GapClaim("declared", {("work", group): value for group, value in odds.items()}, 0.9)
        ),
        evidence=EvidenceSettings(),
        follow_up=None,
        disclosure=Disclosure(),
        canonical=b"{}",
    )


def row_with(**other: Any) -> EvidenceRow:
    """Return a standing gap of 6 points in 400 people for the disadvantaged group, unless told otherwise."""
    facts: dict[str, Any] = {
        "policy": "trial",
        "plan_version": 1,
        "plan_sha256": f"{1:064}",
        "claim": "gap",
        "indicator": "work",
        "other_indicator": None,
        "arm": "all",
        "region": "all",
        "group": "parents",
        "look": "2026-03",
        "look_index": 3,
        "offsets": (0, 99),
        "n_a": 200,
        "k_a": 60,
        "n_b": 200,
        "k_b": 48,
        "scale": "odds_ratio",
        "estimate": 0.737,
        "lower": 0.5,
        "upper": 0.99,
        "difference": -0.06,
        "difference_lower": -0.12,
        "difference_upper": -0.001,
        "log_e_worse": 4.5,
        "log_e_better": -3.0,
        "log_detector_worse": 5.0,
        "log_detector_better": 0.5,
        "recent": None,
        "guarantee": "exact",
        "state": "standing",
        "stands": "worse",
        "smallest_visible": 0.055,
        "reason": None,
    }
    return EvidenceRow(**{**facts, **other})


@pytest.fixture
def make_indicator() -> Callable[..., Indicator]:
    return indicator


@pytest.fixture
def make_plan() -> Callable[..., Plan]:
    return plan_with


@pytest.fixture
def make_row() -> Callable[..., EvidenceRow]:
    return row_with


@pytest.fixture
def plan() -> Plan:
    return plan_with()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
