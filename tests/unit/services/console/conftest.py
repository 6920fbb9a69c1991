"""A plan to look at, and rows of evidence made by hand."""

from pathlib import Path

import pytest

from contracts.evidence import EvidenceRow
from contracts.plan_reader import read_plan

PLAN = Path(__file__).parent / "trial.yaml"


@pytest.fixture(scope="session")
def plan():
    """An experiment with three indicators, four groups and three regions."""
    return read_plan(PLAN.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def make_row(plan):
    """Function that makes a row of evidence: 300 people a side, 75 against 66 with the outcome, nothing found."""

    def made(**changes):
        values = {
            "policy": plan.id,
            "plan_version": plan.version,
            "plan_sha256": plan.sha256,
            "claim": "effect",
            "indicator": "part_time_work",
            "other_indicator": None,
            "arm": "exemption",
            "region": "all",
            "group": "single_parent",
            "look": "2018-03",
            "look_index": 6,
            "offsets": (0, 600),
            "n_a": 300,
            "k_a": 75,
            "n_b": 300,
            "k_b": 66,
            "scale": "odds_ratio",
            "estimate": 0.85,
            "lower": 0.5,
            "upper": 1.4,
            "difference": -0.03,
            "difference_lower": -0.12,
            "difference_upper": 0.06,
            "log_e_worse": 0.1,
            "log_e_better": -0.4,
            "log_detector_worse": 0.5,
            "log_detector_better": 0.1,
            "recent": None,
            "guarantee": "exact",
            "state": "watching",
            "stands": None,
            "smallest_visible": 0.08,
            "reason": None,
        }
        return EvidenceRow(**{**values, **changes})

    return made
