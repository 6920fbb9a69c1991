"""The inspector through Kafka, Great Expectations and PostgreSQL: each record checked once, and the outcome told."""

import asyncio
import json
import time
from itertools import chain
from uuid import uuid4

from contracts.events import REPLAY_HEADER, SUPPLIER_HEADER, QualityChecked
from infra.postgres.engine import open_engine
from infra.postgres.installation import ledger_key
from pipelines.seals import REPLAYS, Seals

AUGUST = {"observed_at": "2026-08-01T12:00:00Z"}
SUPPLIER = ((SUPPLIER_HEADER, b"gemeente-een"),)


def fresh_policy():
    return f"quality-{uuid4().hex[:12]}"


def test_a_batch_is_checked_stored_and_told(inspector, make):
    inspector.until(inspector.is_ready)
    policy = fresh_policy()
    inspector.register(policy)
    broken = [make(policy, region=None) for _ in range(60)]
    inspector.send(policy, [*(make(policy) for _ in range(240)), *broken])
    inspector.until(lambda: inspector.outcome(policy, "complete", indicator="part_time_work") == "failed")
    assert inspector.outcome(policy, "unique_observation", indicator="part_time_work") == "passed"
    assert inspector.outcome(policy, "readable") == "failed"
    assert inspector.outcome(policy, "known_codes", indicator="part_time_work") == "passed"
    assert inspector.outcome(policy, "complete", indicator="part_time_work", region="GM0150") is None
    events = [each for each in inspector.told(policy) if isinstance(each, QualityChecked)]
    assert sum(each.n_records for each in events) == 300
    failed = {each.series.key for event in events for each in event.results if each.outcome == "failed"}
    assert "complete|part_time_work|all|all|all" in failed
    pauses = inspector.rows("SELECT rule, indicator FROM leerlus.quality_pause WHERE policy = %s", policy)
    assert {(row["rule"], row["indicator"]) for row in pauses} >= {("complete", "part_time_work"), ("readable", "all")}


def spans(places, batches):
    """The offsets of each batch, by the records that were sent."""
    return [[offset for offset in places if first <= offset <= last] for first, last in batches]


def test_each_record_is_checked_once_whatever_is_killed(inspector, make, chosen):
    policy = fresh_policy()
    inspector.register(policy)
    places = [offset for _ in range(6) for offset in inspector.send(policy, [make(policy) for _ in range(200)])]
    for _ in range(3):
        seen = len(inspector.checked(policy))
        inspector.until(
            lambda seen=seen: len(inspector.checked(policy)) > seen or last_is_checked(inspector, policy, places)
        )
        time.sleep(chosen.uniform(0, 0.7))
        inspector.kill()
        assert inspector.leaves_nobody_behind()
        inspector.start()
    inspector.until(lambda: last_is_checked(inspector, policy, places))
    batches = inspector.checked(policy)
    assert list(chain.from_iterable(spans(places, batches))) == places
    events = [(each.offsets[0], each.offsets[1]) for each in inspector.told(policy)]
    assert events == batches


def test_what_is_sent_again_or_comes_too_late_is_no_news(inspector, make):
    policy, key = fresh_policy(), installation_key(inspector)
    inspector.register(policy)
    months = [f"2026-{month:02}" for month in range(1, 8)]
    looks = [[make(policy, period=month, **AUGUST) for _ in range(240)] for month in months]
    places = [offset for look in looks for offset in inspector.send(policy, look)]
    inspector.until(lambda: last_is_checked(inspector, policy, places))
    before = inspector.checked(policy)
    refused = make(policy, period=months[0], region="atlantis")
    again = ((REPLAY_HEADER, key.sealed("", 0, 0, value=refused)),)
    inspector.send(policy, [refused] * 88, headers=again)
    late = inspector.send(policy, [make(policy, period=months[1], **AUGUST) for _ in range(75)])
    inspector.until(lambda: last_is_checked(inspector, policy, late))
    assert inspector.checked(policy)[len(before)][0] == late[0]
    assert inspector.rows("SELECT rule FROM leerlus.quality_pause WHERE policy = %s", policy) == []
    query = "SELECT rule FROM leerlus.quality_result WHERE policy = %s AND outcome = 'failed'"
    assert inspector.rows(query, policy) == []


def installation_key(inspector):
    """The seals of records that are sent again."""

    async def read():
        engine = open_engine(inspector.dsn)
        async with engine.connect() as connection:
            key = await ledger_key(connection)
        await engine.dispose()
        return Seals(key, purpose=REPLAYS)

    return asyncio.run(read())


def last_is_checked(inspector, policy, places):
    return any(last >= places[-1] for _, last in inspector.checked(policy))


def test_a_pause_begins_with_a_bad_delivery_and_ends_after_two_good_ones(inspector, make):
    policy = fresh_policy()
    inspector.register(policy)

    def deliver(**fields):
        places = inspector.send(policy, [make(policy, **fields) for _ in range(200)], headers=SUPPLIER)
        inspector.until(lambda: last_is_checked(inspector, policy, places))
        query = "SELECT ended_at IS NULL AS lasts, suppliers FROM leerlus.quality_pause WHERE policy = %s AND rule = %s"
        return [(row["lasts"], row["suppliers"]) for row in inspector.rows(query, policy, "known_codes")]

    assert deliver() == []
    assert deliver(region="atlantis") == [(True, ["gemeente-een"])]
    assert deliver(region="atlantis") == [(True, ["gemeente-een"])]
    assert deliver() == [(True, ["gemeente-een"])]
    assert deliver() == [(False, ["gemeente-een"])]
    assert inspector.outcome(policy, "known_codes", indicator="part_time_work") == "passed"


def test_what_was_found_is_shown_and_written_as_data_docs(inspector, make, leerlus, tmp_path):
    policy = fresh_policy()
    inspector.register(policy)
    places = inspector.send(policy, [make(policy, groups=[] if place % 20 else None) for place in range(200)])
    inspector.until(lambda: last_is_checked(inspector, policy, places))
    listed = leerlus("inspect", "list")
    assert policy in listed.stdout
    shown = leerlus("inspect", "show", policy, "--failing", "--json")
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    assert {row["rule"] for row in rows} == {"complete"}
    (whole,) = [row for row in rows if row["arm"] == row["region"] == row["group"] == "all"]
    assert (whole["indicator"], whole["figure"], whole["bound"], whole["n"]) == ("part_time_work", 0.05, 0.02, 200)
    assert "signals about part_time_work are paused: complete fails" in shown.stderr
    assert leerlus("inspect", "docs", "--policy", policy, "--output", str(tmp_path / "docs")).returncode == 0
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "docs").rglob("*.html")]
    assert any("Hoogstens 2 % van de records mist een verplicht veld" in page for page in pages)
    assert leerlus("inspect", "show", "never-registered").returncode == 1
