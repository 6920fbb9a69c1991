"""The engine says about the resume audit (4,870 applications, two kinds of names) what was published about it."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.estimates import mantel_haenszel_terms

OBSERVATIONS = Path(__file__).parents[4] / "examples" / "resume" / "observations.ndjson"
TOWARDS_FEWER = -np.array([0.3, 0.5, 0.8, 1.2])


@pytest.fixture(scope="module")
def called():
    """Callbacks in file order of the applications with white and with black names."""
    records = [json.loads(line) for line in OBSERVATIONS.read_text().splitlines()]
    return [
        np.array([int(each["value"]) for each in records if bool(each["groups"]) is black]) for black in (False, True)
    ]


def test_the_callback_rates_are_those_published(called):
    white, black = called
    assert (len(white), white.sum(), len(black), black.sum()) == (2_435, 235, 2_435, 157)


@pytest.mark.parametrize(("bets", "pair"), [(TOWARDS_FEWER, 298), ([*TOWARDS_FEWER, *-TOWARDS_FEWER], 379)])
def test_pair_by_pair_the_evidence_passes_twenty_where_it_was_published_to(called, bets, pair):
    white, black = called
    ones = np.ones(len(white), dtype=int)
    log_process = average_bets(log_e_counts(ones, white, ones, black, bets=bets, log_or_0=0.0).cumsum(axis=0))
    assert int(np.argmax(log_process >= np.log(20.0))) + 1 == pair


def test_the_odds_ratio_of_one_table_is_the_cross_product(called):
    white, black = called
    r, s = mantel_haenszel_terms([len(white)], [white.sum()], [len(black)], [black.sum()])[0]
    assert r / s == pytest.approx((157 / 2_278) / (235 / 2_200), rel=1e-14)
