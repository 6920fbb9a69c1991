"""`leerlus programme` reads the policies of a programme from the store, in the order of their registration."""

import asyncio
import json
import math

import msgspec
import pytest

from contracts.events import LookClosed
from contracts.evidence import EvidenceRow
from contracts.plan_reader import read_plan
from infra.postgres.engine import open_engine
from infra.postgres.looks import save_looks
from infra.postgres.plans import store_plan
from services.cli import run_command

PLAN = """
plan: leerlus/v1
id: {policy}
version: {version}
supersedes_reason: {reason}
programme: {programme}
kind: policy
title: {{nl: Beleid}}
question: {{nl: "Werkt het?"}}
owner: {{office: afdeling}}
effective_from: 2020-01
choices:
  for_whom: {{nl: iedereen}}
  not_for_whom: {{nl: niemand}}
  losers: {{none_because: {{nl: het is een proef}}}}
  areas: {{here: [noord, zuid]}}
  alternatives: [{{nl: niets doen}}]
  fairness: parity
unit: person
look: P1M
lateness: P0D
claims: {{gap: {{}}}}
assignment: {{kind: none}}
groups: [{{id: young, label: {{nl: jong}}, disadvantaged: true}}]
indicators:
  - {{id: work, label: {{nl: werkt}}, type: binary, direction: higher_is_better, aspect: economic, horizon: now,
     role: primary, relevant_difference: 0.05}}
"""
NOTHING = {field.name: None for field in msgspec.structs.fields(EvidenceRow) if field.required}
QUIET = NOTHING | {
    "plan_sha256": "x",
    "claim": "gap",
    "indicator": "work",
    "arm": "all",
    "group": "young",
    "look": "2020-01",
    "n_a": 100,
    "k_a": 50,
    "n_b": 100,
    "k_b": 40,
    "guarantee": "exact",
    "state": "watching",
}


def plan(policy, *, version=1, programme="trust"):
    reason = "'beter'" if version > 1 else "null"
    return read_plan(PLAN.format(policy=policy, version=version, reason=reason, programme=programme))


def closed(policy, closing, *, e, region="all"):
    """One closing with one gap whose e-values are `e` and 0."""
    place = {"policy": policy, "plan_version": 1, "look_index": closing, "offsets": (0, closing)}
    row = EvidenceRow(**QUIET | place | {"region": region, "log_e_worse": math.log(e), "log_e_better": -math.inf})
    look = {"plan_sha256": "x", "indicator": "work", "look": "2020-01", "n_counted": 10, "closed_at_ms": 1_000}
    return LookClosed(**place, **look, closing=closing, rows=(row,))


@pytest.fixture
def stored(database):
    """Three policies in the order of registration: the second finds something, the last is of no programme."""
    plans = plan("zon"), plan("banen"), plan("los", programme="null"), plan("zon", version=2)
    looks = [closed("zon", 1, e=1.0), closed("zon", 2, e=6.0, region="noord")]
    looks += [closed("banen", 1, e=2.0), closed("banen", 2, e=800.0), closed("los", 1, e=1e6)]

    async def play():
        engine = open_engine(database.dsn)
        for each in plans:  # one transaction each: the order is that of their times
            async with engine.begin() as connection:
                await store_plan(connection, each, "")
        async with engine.begin() as connection:
            await save_looks(connection, looks)
        await engine.dispose()

    asyncio.run(play())
    return database


@pytest.fixture
def leerlus(stored, monkeypatch, tmp_path, capfdbinary):
    """Runs a command line; returns its exit code, standard output and standard error."""
    monkeypatch.setenv("LEERLUS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("LEERLUS_POSTGRES__DSN", stored.dsn)

    def run(*arguments):
        code = run_command(arguments)
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def test_policies_take_turns_in_the_order_of_registration_each_at_its_latest_rows(leerlus):
    code, out, err = leerlus("programme", "trust", "--json")
    first, second = (json.loads(line) for line in out.splitlines())
    assert code == 0
    assert (first["order"], first["policy"], first["n_hypotheses"], first["found"]) == (1, "zon", 4, False)
    assert math.exp(first["log_e"]) == pytest.approx((1 + 0 + 6 + 0) / 4)
    assert (second["order"], second["policy"], second["n_hypotheses"], second["found"]) == (2, "banen", 2, True)
    assert math.exp(second["log_e"]) == pytest.approx(400.0)
    assert second["level"] == pytest.approx(0.05 * 6 / math.pi**2 / 4)
    assert "something is found in 1 of 2 policies" in err


def test_people_see_e_values_and_what_they_must_reach(leerlus):
    _, out, _ = leerlus("programme", "trust")
    lines = [line.split() for line in out.splitlines()]
    assert lines == [
        ["turn", "policy", "hypotheses", "e", "needed", "found"],
        ["1", "zon", "4", "1.75", "32.9", "no"],
        ["2", "banen", "2", "400", "132", "yes"],
    ]


def test_an_unknown_programme_is_answered_with_those_that_there_are(leerlus):
    code, out, err = leerlus("programme", "vertrouwen")
    assert (code, out) == (1, "")
    assert "no registered plan names the programme vertrouwen; there are trust" in err
