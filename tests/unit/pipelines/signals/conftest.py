"""A plan and rows of evidence, so that a test says only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.evidence import EvidenceRow
from contracts.plan import GapClaim


def row_with(**other):
    """Return a standing gap of 6 points in 400 people for the disadvantaged group, unless told otherwise."""
    facts = {
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
def make_row():
    return row_with


@pytest.fixture
def make_indicator(plan_of):
    """The indicator `work`, with attributes replaced."""
    return lambda **facts: replace(plan_of().indicators[0], **facts)


@pytest.fixture
def make_plan(plan_of):
    """The plan with other indicators, version or losers, and baselines of the gap in `work` by group."""

    def make(*indicators, version=1, losers=(), **odds):
        plan = plan_of()
        gap = GapClaim("declared", {("work", group): value for group, value in odds.items()}, 0.9)
        return replace(
            plan,
            version=version,
            indicators=indicators or plan.indicators,
            choices=replace(plan.choices, losers=losers),
            claims=replace(plan.claims, gap=gap),
        )

    return make


@pytest.fixture
def plan(make_plan):
    return make_plan()


@pytest.fixture
def now():
    return datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
