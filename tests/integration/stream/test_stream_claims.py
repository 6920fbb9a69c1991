"""Every claim through the running evaluator: under kills and in other chunks its rows equal those of a replay.

The simulated trial has enrolments, outcomes that come late or never, areas elsewhere and a time before the policy.
"""

import time
from pathlib import Path

import msgspec
import pytest

from contracts.plan_reader import read_plan
from examples.trust_trial.generator import generate
from pipelines.replay import replay

PLAN = (Path(__file__).parents[3] / "examples" / "trust_trial" / "plan.yaml").read_text(encoding="utf-8")
MARKER = b'{"period_closed":{"policy":"trust-trial","indicator":null,"period":null}}'
N_PARTS = 6


@pytest.fixture(scope="module")
def records():
    return list(generate(scale=0.25, seed=11))


@pytest.fixture(scope="module")
def replayed(records):
    return replay(read_plan(PLAN), records)


def test_the_trial_says_every_kind_of_claim(replayed):
    said = {row.claim for row in replayed.rows}
    assert said == {
        *("effect", "gap", "level", "elsewhere", "divergence", "effects_differ", "average_hides"),
        *("trade_off", "co_benefit", "later", "cumulation"),
    }
    assert any(row.indicator.endswith(".missing") for row in replayed.rows)


def test_under_kills_the_rows_of_every_claim_are_those_of_a_replay(service, records, replayed, chosen):
    plan = service.register(read_plan(PLAN), PLAN)
    lines, size = [*records, MARKER], -(-(len(records) + 1) // N_PARTS)
    for start in range(0, len(lines), size):
        service.send(plan.id, lines[start : start + size])
        time.sleep(chosen.uniform(0.1, 0.6))
        service.kill()
        service.start()
    tally = service.until_received(plan.id, 1 + len(lines), timeout_s=120)
    assert tally["counted"] == 2 + replayed.tally.counted
    assert tally["quarantined"] == replayed.tally.quarantined
    stored = service.evidence(plan.id)
    wanted = [msgspec.structs.replace(row, offsets=(0, 0)) for row in replayed.rows]
    assert len(stored) == len(wanted)
    assert stored == wanted
