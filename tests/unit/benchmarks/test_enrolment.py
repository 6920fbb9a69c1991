"""What is judged of simulated drop-out is what the engine judges of the same people."""

import json
from uuid import UUID

import numpy as np
import pytest

from benchmarks.ugly.enrolment import DIFFERING, ENTRANTS, LATENESS, MONTHS, cohorts, judged
from contracts.plan_reader import read_plan
from pipelines.replay import replay

RUNS = 40
ARMS = ("control", "trust")
MATURITY = 6


@pytest.fixture(scope="module")
def people():
    return cohorts(DIFFERING, RUNS, np.random.default_rng(11))


@pytest.fixture(scope="module")
def plan(plan_document):
    """A plan with one watched arm and one bad outcome, in which the effect and who is missing are all there is."""
    document = plan_document(arms={"reference": "control", "watched": ["trust"]}, claims={"effect": {}}, groups=...)
    document["choices"]["losers"][0]["watched_by"]["indicator"] = "debts"
    document["indicators"] = [document["indicators"][1] | {"role": "primary"}]
    return read_plan(json.dumps(document))


def month(number):
    return f"{2020 + number // 12}-{1 + number % 12:02}"


def placed(number, arm):
    return {"policy": "trial", "unit": f"{number:016x}", "arm": arm, "region": "north", "groups": []}


def records(people, run):
    """Yield the enrolments of everybody, and then month by month what was reported."""
    observations, number = [], 0
    for cohort, arm in np.ndindex(MONTHS, len(ARMS)):
        reported, bad = people.reported[run, cohort, arm], people.bad[run, cohort, arm]
        for place in range(ENTRANTS):
            number += 1
            yield {"enrolment": placed(number, ARMS[arm]) | {"start": f"{month(cohort)}-15"}}
            if place < reported:
                outcome = {"indicator": "debts", "period": month(cohort + MATURITY), "value": int(place < bad)}
                about = {"observation_id": str(UUID(int=number)), "observed_at": "2030-01-01T12:00:00+01:00"}
                observations.append(placed(number, ARMS[arm]) | outcome | about)
    yield from observations


def verdicts(closings):
    """Return after every closing whether the effect stands, and whether drop-out was ever found to differ."""
    states, effect, missing = {}, [], []
    for closing in closings:
        rows = [row for row in closing.rows if (row.claim, row.region, row.group) == ("effect", "all", "all")]
        states |= {row.indicator: row.state for row in rows}
        effect.append(states["debts"] == "standing")
        missing.append(states.get("debts.missing") in {"standing", "withdrawn"})
    return effect, missing


def test_the_engine_lets_stand_and_takes_back_what_is_said_of_the_same_people(people, plan):
    """A run in which the false effect stands at some look before drop-out is found."""
    told = judged(people)
    run = int(np.flatnonzero(told.stands.any(axis=1) & told.found[:, -1])[0])
    found = replay(plan, [json.dumps(each).encode() for each in records(people, run)])
    assert (len(found.quarantined), found.tally.counted) == (0, MONTHS * 2 * ENTRANTS + people.reported[run].sum())
    counted = [at for at in range(2 * MONTHS) if at % 2 == 0 or at // 2 >= LATENESS]  # nobody is missing before
    effect, missing = verdicts(found.closings)
    assert effect == told.stands[run, counted].tolist()
    assert missing == told.found[run, counted].tolist()
