"""The inspector through Kafka, Great Expectations and PostgreSQL: each record checked once, and the outcome told."""

from uuid import uuid4

from contracts.events import QualityChecked


def fresh_policy():
    return f"quality-{uuid4().hex[:12]}"


def last_checked(inspector, policy, offset):
    return inspector.until(lambda: any(last >= offset for _, last in inspector.checked(policy)))


def test_a_batch_is_checked_stored_and_told(inspector, make):
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
