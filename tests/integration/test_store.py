"""What the store keeps: blocks, ledger segments, plans, tallies, looks and what is fixed at the beginning."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from contracts.errors import LogBroken, PlanError
from contracts.events import LookClosed
from contracts.evidence import EvidenceRow
from contracts.plan_reader import read_plan
from contracts.readings import DataWarning, Inequality
from infra.postgres import plans, schema
from infra.postgres.blocks import StoredBlock, load_blocks, save_blocks
from infra.postgres.engine import connected, open_engine
from infra.postgres.evidence_rows import row_of
from infra.postgres.installation import fix_partitions, ledger_key
from infra.postgres.looks import save_looks
from infra.postgres.outbox import Message, next_waiting, put
from infra.postgres.reading import newest_looks
from infra.postgres.segments import Segments
from infra.postgres.setting_aside import ask_to_set_aside, offsets_to_set_aside
from infra.postgres.tallies import Outcome, add_outcomes

RESUME = "examples/resume/plan.yaml"


@pytest.fixture
def in_store(database):
    """Run a story with a function that opens a transaction."""

    def run(story):
        async def play():
            engine = open_engine(database.dsn)
            try:
                await asyncio.wait_for(story(engine.begin), 30)
            finally:
                await engine.dispose()

        asyncio.run(play())

    return run


@pytest.fixture
def plan(request):
    return read_plan((request.config.rootpath / RESUME).read_text(encoding="utf-8"))


def test_a_block_replaces_the_one_of_its_name_and_one_without_data_is_dropped(in_store):
    async def story(begin):
        async with begin() as connection:
            await save_blocks(connection, 1, [StoredBlock("p", "a", b"1"), StoredBlock("p", "b", b"2")])
            await save_blocks(connection, 2, [StoredBlock("p", "a", b"other partition")])
        async with begin() as connection:
            changed = [StoredBlock("p", "a", b"3"), StoredBlock("p", "b", None), StoredBlock("p", "a", b"4")]
            await save_blocks(connection, 1, changed)
            await save_blocks(connection, 1, [])
        async with begin() as connection:
            assert await load_blocks(connection, 1) == [StoredBlock("p", "a", b"4")]
            assert await load_blocks(connection, 2) == [StoredBlock("p", "a", b"other partition")]

    in_store(story)


def joined(segments, kind="units"):
    return b"".join(data for each, data in segments if each == kind)


def test_small_ledger_segments_are_joined_in_order_and_full_ones_left_alone(in_store, monkeypatch):
    monkeypatch.setattr("infra.postgres.segments.JOIN_AT", 4)
    monkeypatch.setattr("infra.postgres.segments.FULL_BYTES", 12)

    async def story(begin):
        ledger, whole = Segments(0), b""
        for number in range(1, 20):
            async with begin() as connection:
                data = bytes([number]) * 2
                await ledger.append(connection, number * 10, kind="units", data=data)
                whole += data
                if number % 3 == 0:
                    await ledger.append(connection, number * 10, kind="enrolments", data=b"e")
            if number == 7:
                ledger = Segments(0)  # another owner goes on
                async with begin() as connection:
                    assert joined(await ledger.load(connection)) == whole
        async with begin() as connection:
            segments = await Segments(0).load(connection)
            assert await Segments(1).load(connection) == []
        assert joined(segments) == whole
        assert joined(segments, "enrolments") == b"e" * 6
        assert [len(data) for kind, data in segments if kind == "units"] == [12, 12, 12, 2]

    in_store(story)


def test_an_error_names_no_value_that_was_sent(in_store):
    async def story(begin):
        with pytest.raises(DBAPIError) as caught:
            async with begin() as connection:
                await connection.execute(text("SELECT CAST(:key AS text), 1 / 0"), {"key": "a secret"})
        assert "division by zero" in str(caught.value)
        assert "a secret" not in str(caught.value)

    in_store(story)


def test_a_plan_is_stored_once_and_frozen(in_store, plan):
    async def story(begin):
        async with begin() as connection:
            await plans.store_plan(connection, plan, "text")
            await plans.store_plan(connection, plan, "text")
            assert await plans.load_plan(connection, plan.sha256) == plan
            assert await plans.load_plans(connection) == {plan.sha256: plan}
            assert await plans.find_plans(connection, ["no such digest", plan.sha256]) == {plan.sha256: plan}
            with pytest.raises(PlanError, match=f"version 1 of {plan.id} is registered with digest {plan.sha256}"):
                await plans.store_plan(connection, replace(plan, sha256="another"), "text")
            with pytest.raises(LogBroken, match="no stored plan has the digest missing"):
                await plans.load_plan(connection, "missing")

    in_store(story)


def test_where_a_plan_was_accepted_is_noted_once(in_store, plan):
    async def story(begin):
        async with begin() as connection:
            await plans.store_plan(connection, plan, "text")
            for offset in (5, 9):
                await plans.mark_accepted(connection, plan.sha256, offset=offset)
            assert await connection.scalar(select(schema.plan.c.accepted_at_offset)) == 5

    in_store(story)


def test_the_ledger_key_and_the_partition_count_are_made_once(in_store):
    async def story(begin):
        async with begin() as connection:
            key = await ledger_key(connection)
            await fix_partitions(connection, 8, topic="observations")
        async with begin() as connection:
            assert await ledger_key(connection) == key
            assert len(key) == 32
            await fix_partitions(connection, 8, topic="observations")
            with pytest.raises(LogBroken, match="observations has 12 partitions; this installation was made with 8"):
                await fix_partitions(connection, 12, topic="observations")

    in_store(story)


def test_tallies_add_up_and_names_that_become_equal_in_storage_share_a_row(in_store):
    async def story(begin):
        async with begin() as connection:
            one = Outcome(received=3, counted=1, duplicate=1, quarantined=1)
            await add_outcomes(connection, 0, {("p", None): one, (None, "a\0"): one, (None, "a\ufffd"): one})
            await add_outcomes(connection, 0, {("p", None): one})
            await add_outcomes(connection, 0, {})
            query = "SELECT policy, supplier, received, quarantined FROM leerlus.tally ORDER BY policy"
            rows = (await connection.execute(text(query))).all()
        assert rows == [("", "a\ufffd", 6, 2), ("p", "", 6, 2)]

    in_store(story)


ROW = EvidenceRow(
    policy="p",
    plan_version=1,
    plan_sha256="sha",
    claim="gap",
    indicator="work",
    other_indicator=None,
    arm="all",
    region="all",
    group="young",
    look="2024-01",
    look_index=1,
    offsets=(3, 8),
    n_a=100,
    k_a=40,
    n_b=90,
    k_b=20,
    scale="odds_ratio",
    estimate=0.1 + 0.2,
    lower=None,
    upper=1e-300,
    difference=-0.1,
    difference_lower=None,
    difference_upper=None,
    log_e_worse=-700.123456789012345,
    log_e_better=0.0,
    log_detector_worse=None,
    log_detector_better=5e-324,
    recent=None,
    guarantee="exact",
    state="watching",
    stands="worse",
    smallest_visible=0.05,
    reason=None,
)


WHOLE = msgspec.structs.replace(
    ROW,
    claim="trade_off",
    other_indicator="wellbeing",
    k_a=1234.1000000000001,
    k_b=-0.1,
    selected_lower=0.1 + 0.2,
    selected_upper=1 / 3,
    other_difference=-1e-300,
    other_difference_lower=-1.5,
    other_difference_upper=2.5,
    began=7,
    placebos=(2, 19),
    reason="descriptive: areas have shocks of their own",
)
WARNING = DataWarning(code="sample_ratio", arm="b", region="all", group="all", seen=0.4, expected=0.5, log_e=3.25)
UNEQUAL = Inequality(arm="b", measure="gini", part="between", value=0.3, standard_error=0.01, n=812)


def closed(rows, **more):
    return LookClosed(
        policy="p",
        plan_version=1,
        plan_sha256="sha",
        closing=4,
        indicator="work",
        look="2024-01",
        look_index=1,
        n_counted=5,
        offsets=(3, 8),
        closed_at_ms=1_700_000_000_123,
        rows=rows,
        **more,
    )


def test_evidence_rows_come_back_bit_by_bit_and_in_their_order(in_store):
    async def story(begin):
        rows = (*(msgspec.structs.replace(ROW, region=region) for region in ("all", "north", "south")), WHOLE)
        async with begin() as connection:
            await save_looks(connection, [closed(rows)])
            await save_looks(connection, [])
            stored = (await connection.execute(select(schema.evidence).order_by(schema.evidence.c.row))).mappings()
            found = [row_of(row) for row in stored]
            assert found == list(rows)
            assert [msgspec.json.encode(row) for row in found] == [msgspec.json.encode(row) for row in rows]
            closed_at = await connection.scalar(select(schema.look.c.closed_at))
            assert closed_at.isoformat() == "2023-11-14T22:13:20.123000+00:00"

    in_store(story)


def test_what_a_look_says_beside_its_evidence_is_kept_with_it(in_store):
    async def story(begin):
        async with begin() as connection:
            await save_looks(connection, [closed((), warnings=(WARNING,), inequality=(UNEQUAL,))])
            (said,) = await newest_looks(connection, "p", limit=1)
            assert said.warnings == (WARNING,)
            assert said.inequality == (UNEQUAL,)

    in_store(story)


def test_a_frozen_transaction_lets_go_of_its_rows(in_store):
    async def story(begin):
        async with begin() as connection:
            limits = [await connection.scalar(text(f"SHOW {name}")) for name in LIMITS]
        assert dict(zip(LIMITS, limits, strict=True)) == LIMITS

    in_store(story)


LIMITS = {
    "transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "15s",
    "statement_timeout": "30s",
}


def test_a_server_that_does_not_answer_is_unavailable():
    async def story():
        async with connected(open_engine("postgresql://nobody@127.0.0.1:1/none")):
            pass

    with pytest.raises(Exception, match="PostgreSQL does not answer"):
        asyncio.run(story())


def test_headers_of_any_name_wait_in_the_outbox_unchanged(in_store):
    headers = (("a\0b", b"\xff\x00"), ("leerlus-línea", b"1"), ("", b""))

    async def story(begin):
        async with begin() as connection:
            await put(connection, "policy", [Message("leerlus.looks.v1", 3, None, headers, b"{}")])
        async with begin() as connection:
            (waiting,) = await next_waiting(connection, per_policy=10)
        assert waiting.message.headers == headers

    in_store(story)


def test_a_record_is_set_aside_once_for_its_partition_alone(in_store):
    async def story(begin):
        for _ in range(2):
            async with begin() as connection:
                await ask_to_set_aside(connection, partition=3, offset=18_204)
        async with begin() as connection:
            assert await offsets_to_set_aside(connection, {2, 3}) == {2: frozenset(), 3: frozenset({18_204})}

    in_store(story)
