"""`leerlus verdicts` reads the verdicts of a policy from the store, as people may see them."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from contracts.events import LookClosed
from contracts.evidence import EvidenceRow
from contracts.plan_reader import read_plan
from infra.postgres.engine import open_engine
from infra.postgres.looks import save_looks
from infra.postgres.plans import store_plan
from services.cli import run_command

PLAN = read_plan((Path(__file__).parents[1] / "data/signals/plan.yaml").read_text(encoding="utf-8"))
NOTHING = {field.name: None for field in msgspec.structs.fields(EvidenceRow) if field.required}
EFFECT = NOTHING | {
    "policy": PLAN.id,
    "plan_version": 1,
    "plan_sha256": PLAN.sha256,
    "claim": "effect",
    "indicator": "part_time_work",
    "arm": "guidance",
    "region": "all",
    "group": "all",
    "look": "2026-01",
    "look_index": 1,
    "offsets": (0, 9),
    "n_a": 803,
    "k_a": 240,
    "n_b": 800,
    "k_b": 320,
    "scale": "odds_ratio",
    "difference": 0.1011,
    "difference_lower": 0.03,
    "difference_upper": 0.17,
    "log_e_worse": -9.0,
    "log_e_better": 9.0,
    "guarantee": "exact",
    "state": "watching",
}
STANDS = {"state": "standing", "stands": "better"}


def look(closing, *rows):
    cell = ("policy", "plan_version", "plan_sha256", "indicator", "look", "look_index", "offsets")
    facts = {name: EFFECT[name] for name in cell}
    made = tuple(EvidenceRow(**EFFECT | row) for row in rows)
    return LookClosed(**facts, closing=closing, n_counted=9, closed_at_ms=1_000, rows=made)


@pytest.fixture
def leerlus(database, monkeypatch, tmp_path, capfdbinary):
    """Runs a command line on a store in which guidance comes to help; returns exit code and both outputs."""
    regions = [{"region": region, "n_a": 400, "n_b": 400, "k_a": 120, "k_b": 160} for region in ("GM0150", "GM0344")]

    async def play():
        engine = open_engine(database.dsn)
        async with engine.begin() as connection:
            await store_plan(connection, PLAN, "")
            await save_looks(connection, [look(1, {}, *regions), look(2, STANDS)])
        await engine.dispose()

    asyncio.run(play())
    monkeypatch.setenv("LEERLUS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("LEERLUS_POSTGRES__DSN", database.dsn)

    def run(*arguments):
        code = run_command(arguments)
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def test_the_latest_evidence_gives_the_verdict_and_the_places_beside_it(leerlus):
    code, out, err = leerlus("verdicts", PLAN.id, "--json")
    work, trust = (json.loads(line) for line in out.splitlines())
    assert code == 0
    assert (work["word"], work["why"], work["difference"]) == ("better", "stands", 0.101)
    assert work["standing"] == [{"claim": "effect", "group": "all", "region": "all", "direction": "better"}]
    assert (work["sites"]["n_sites"], work["sites"]["estimate"]) == (2, 0.1)
    assert (trust["word"], trust["why"], trust["sites"]) == ("too_early", "too_early", None)
    assert "1 of 2 verdicts given" in err


def test_people_see_a_table(leerlus):
    _, out, _ = leerlus("verdicts", PLAN.id)
    work = next(line for line in out.splitlines() if line.startswith("part_time_work"))
    assert "better" in work
    assert "+0.101 (+0.030 to +0.170)" in work


def test_an_unknown_policy_is_answered_with_those_that_there_are(leerlus):
    code, out, err = leerlus("verdicts", "unheard-of")
    assert (code, out) == (1, "")
    assert f"known: {PLAN.id}" in err
