"""What pages read: the right rows, by an index, from tables that have grown."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import psycopg
import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from contracts.events import LookClosed
from contracts.evidence import EvidenceRow
from contracts.plan_reader import read_plan
from infra.postgres import evidence_reading, reading, schema
from infra.postgres.address import sqlalchemy_url
from infra.postgres.evidence_reading import Chosen
from infra.postgres.looks import save_looks
from infra.postgres.plans import mark_accepted, store_plan
from infra.postgres.tallies import Outcome, add_outcomes

PLAN = """
plan: leerlus/v1
id: {policy}
version: {version}
supersedes_reason: {reason}
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
ONE = Chosen(("gap",), ("work",), ("all",), ("all",), ("young",))


def plan(policy="beleid", version=1):
    return read_plan(PLAN.format(policy=policy, version=version, reason="'beter'" if version > 1 else "null"))


def look(closing, *, region="all", stands=None, n_b=100, policy="beleid", **more):
    """One closing with one row; `more` are other fields of that row."""
    row = EvidenceRow(
        policy=policy,
        plan_version=1,
        plan_sha256="x",
        claim="gap",
        indicator="work",
        other_indicator=None,
        arm="all",
        region=region,
        group="young",
        look="2020-01",
        look_index=closing,
        offsets=(0, closing),
        n_a=100,
        k_a=50,
        n_b=n_b,
        k_b=40,
        scale=None,
        estimate=None,
        lower=None,
        upper=None,
        difference=None,
        difference_lower=None,
        difference_upper=None,
        log_e_worse=0.0,
        log_e_better=0.0,
        log_detector_worse=None,
        log_detector_better=None,
        recent=None,
        guarantee="exact",
        state="watching",
        stands=stands,
        smallest_visible=None,
        reason=None,
    )
    return LookClosed(
        policy=policy,
        plan_version=1,
        plan_sha256="x",
        closing=closing,
        indicator="work",
        look="2020-01",
        look_index=closing,
        n_counted=10,
        offsets=(0, closing),
        closed_at_ms=closing * 1000,
        rows=(msgspec.structs.replace(row, **more),),
    )


@pytest.fixture
def ask(database):
    """Function that runs a coroutine of a connection in a transaction of its own."""

    def asked(action):
        async def run():
            engine = create_async_engine(sqlalchemy_url(database.dsn), poolclass=NullPool)
            try:
                async with engine.begin() as connection:
                    return await action(connection)
            finally:
                await engine.dispose()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(run())).result()

    return asked


@pytest.fixture
def to_show(ask):
    """The plans to show: policy, version, whether the log has accepted it."""
    return lambda: [(each.plan.id, each.plan.version, each.is_accepted) for each in ask(reading.plans_to_show)]


def test_a_plan_that_the_log_has_accepted_goes_before_a_newer_one_that_it_has_not(ask, to_show):
    first, second = plan(), plan(version=2)

    async def store(connection):
        await store_plan(connection, first, "")
        await mark_accepted(connection, first.sha256, offset=0)
        await store_plan(connection, second, "")
        await store_plan(connection, plan("ander"), "")
        await store_plan(connection, plan("ander", version=2), "")

    ask(store)
    assert to_show() == [("ander", 2, False), ("beleid", 1, True)]


def test_a_version_is_shown_from_the_first_look_that_it_closed(ask, to_show):
    async def register(connection):
        for version in (1, 2, 3):
            await store_plan(connection, plan(version=version), "")
            await mark_accepted(connection, plan(version=version).sha256, offset=version)

    ask(register)
    assert to_show() == [("beleid", 1, True)]
    for closing, version in ((1, 1), (2, 2)):
        closed = msgspec.structs.replace(look(closing), plan_version=version)
        ask(lambda connection, closed=closed: save_looks(connection, [closed]))
        assert to_show() == [("beleid", version, True)]
    ask(lambda connection: save_looks(connection, [look(9, policy="ander")]))
    assert to_show() == [("beleid", 2, True)]


def test_a_version_of_a_plan_is_found_or_not(ask):
    ask(lambda connection: store_plan(connection, plan(), ""))
    assert ask(lambda connection: reading.plan_by_version(connection, "beleid", 1)) == plan()
    assert ask(lambda connection: reading.plan_by_version(connection, "beleid", 2)) is None


def test_the_latest_row_of_each_chosen_comparison_and_no_other(ask):
    looks = [look(1), look(2), look(3, region="noord"), look(4, policy="ander")]
    ask(lambda connection: save_looks(connection, looks))
    everywhere = Chosen(("gap", "effect"), ("work", "gone"), ("all",), ("all", "noord", "zuid"), ("young",))
    found = ask(lambda connection: evidence_reading.latest(connection, "beleid", everywhere))
    assert sorted((each.closing, each.row.region) for each in found) == [(2, "all"), (3, "noord")]
    assert found[0].row == looks[found[0].closing - 1].rows[0]
    assert found[0].closed_at == datetime.fromtimestamp(found[0].closing, UTC)


def test_single_comparisons_are_read_in_the_order_asked_and_one_without_rows_is_none(ask):
    ask(lambda connection: save_looks(connection, [look(1), look(2, claim="later", other_indicator="rest")]))
    cells = [replace(ONE, claims=("later",), others=("rest",)), replace(ONE, groups=("gone",)), ONE]
    found = ask(lambda connection: evidence_reading.latest_of(connection, "beleid", cells))
    assert [each and each.closing for each in found] == [2, None, 1]


def test_what_later_closings_said_leaves_single_regions_out_but_not_areas_elsewhere(ask):
    looks = [
        look(1),
        look(2),
        look(3, region="noord"),
        look(4, claim="elsewhere", region="ver"),
        look(5, policy="ander"),
    ]
    ask(lambda connection: save_looks(connection, looks))
    found = ask(lambda connection: evidence_reading.rows_after(connection, "beleid", 1))
    assert [(each.closing, each.row.region) for each in found] == [(2, "all"), (4, "ver")]


def test_a_history_is_in_the_order_of_the_log(ask):
    ask(lambda connection: save_looks(connection, [look(3), look(1), look(2), look(4, region="zuid")]))
    found = ask(lambda connection: evidence_reading.history(connection, "beleid", ONE))
    assert [each.closing for each in found] == [1, 2, 3]
    assert len(ask(lambda connection: evidence_reading.history(connection, "beleid", ONE, limit=2))) == 2


def test_a_claim_about_a_pair_is_another_than_that_about_one_indicator(ask):
    pairs = [
        look(1),
        look(2, claim="trade_off", other_indicator="rest"),
        look(3, claim="trade_off", other_indicator="x"),
    ]
    ask(lambda connection: save_looks(connection, pairs))
    asked = replace(ONE, claims=("gap", "trade_off"), others=(None, "rest", "gone"))
    found = ask(lambda connection: evidence_reading.latest(connection, "beleid", asked))
    assert sorted(each.closing for each in found) == [1, 2]
    assert [each.closing for each in ask(lambda connection: evidence_reading.history(connection, "beleid", asked))] == [
        1,
        2,
    ]
    assert asked.size == 6


def test_what_is_tested_together_counts_hypotheses_with_enough_people_and_what_stands(ask):
    looks = [look(1, stands="worse"), look(2, region="noord", n_b=9), look(3, region="zuid")]
    looks += [look(4, claim="level", n_a=0), look(5, claim="later", state="too_early"), look(6, claim="divergence")]
    looks.append(look(7, claim="roll_out"))
    ask(lambda connection: save_looks(connection, looks))
    gaps = replace(ONE, regions=("all", "noord", "zuid"))
    others = replace(ONE, claims=("level", "later", "divergence", "roll_out"))

    def tested(*family, is_repeated=False):
        return ask(
            lambda connection: evidence_reading.tested_together(
                connection, "beleid", family, minimum_cell=10, is_repeated=is_repeated
            )
        )

    assert tested(gaps) == (4, 1)
    assert tested(others) == (3, 0)
    assert tested(gaps, others) == (7, 1)


def test_people_who_are_counted_in_every_look_are_enough_only_by_the_mean_over_looks(ask):
    ask(lambda connection: save_looks(connection, [look(3, n_a=30, n_b=30), look(4, region="noord", n_a=39, n_b=39)]))
    family = [replace(ONE, regions=("all", "noord"))]

    def tested(*, is_repeated):
        return ask(
            lambda connection: evidence_reading.tested_together(
                connection, "beleid", family, minimum_cell=10, is_repeated=is_repeated
            )
        )

    assert tested(is_repeated=False)[0] == 4
    assert tested(is_repeated=True)[0] == 2


def test_records_are_added_up_over_partitions_and_suppliers(ask):
    async def add(connection):
        await add_outcomes(connection, 0, {("beleid", "a"): Outcome(10, 7, 2, 1), ("beleid", "b"): Outcome(5, 5, 0, 0)})
        await add_outcomes(connection, 1, {("beleid", None): Outcome(1, 0, 0, 1), (None, "a"): Outcome(3, 0, 0, 3)})

    ask(add)
    found = ask(lambda connection: reading.delivered(connection, "beleid"))
    assert (found.received, found.counted, found.duplicate, found.quarantined, found.n_suppliers) == (16, 12, 2, 2, 2)
    assert ask(lambda connection: reading.delivered(connection, "")).quarantined == 3
    nothing = ask(lambda connection: reading.delivered(connection, "nergens"))
    assert (nothing.received, nothing.n_suppliers, nothing.last_at) == (0, 0, None)


def test_a_version_changes_with_every_look_and_with_nothing_else(ask):
    def version():
        return ask(lambda connection: reading.versions(connection, ["beleid"]))["beleid"]

    before = version()
    assert version() == before
    ask(lambda connection: save_looks(connection, [look(1)]))
    assert version() != before
    after = version()
    ask(lambda connection: save_looks(connection, [look(1, policy="ander")]))
    assert version() == after


def test_the_newest_looks_come_first(ask):
    ask(lambda connection: save_looks(connection, [look(1), look(2), look(3)]))
    found = ask(lambda connection: reading.newest_looks(connection, "beleid", limit=2))
    assert [each.closing for each in found] == [3, 2]


def test_the_last_look_of_every_indicator(ask):
    looks = [look(1), look(2), look(3), look(4, policy="ander")]
    looks[2] = msgspec.structs.replace(looks[2], indicator="rest")
    ask(lambda connection: save_looks(connection, looks))
    found = ask(lambda connection: reading.last_looks(connection, "beleid"))
    assert [(each.indicator, each.closing) for each in found] == [("rest", 3), ("work", 2)]


@pytest.mark.parametrize("chosen", [ONE, replace(ONE, claims=("later",), others=("rest",))], ids=["one", "pair"])
def test_a_comparison_is_found_by_its_index_however_much_evidence_there_is(ask, database, chosen):
    ask(lambda connection: save_looks(connection, [look(1), look(2, claim="later", other_indicator="rest")]))
    query = evidence_reading._latest("beleid", chosen).compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        grown = {"closing": "closing + 2 * n", "group": "'group ' || n % 200"}
        taken = ", ".join(grown.get(name, f'"{name}"') for name in schema.evidence.c.keys())  # noqa: SIM118
        connection.execute(
            f"INSERT INTO leerlus.evidence SELECT {taken} FROM leerlus.evidence, generate_series(1, 20000) AS n"
        )
        connection.execute("ANALYZE leerlus.evidence")
        steps = [line for (line,) in connection.execute("EXPLAIN " + str(query).replace("%%", "%"))]
    assert any("Index Scan Backward using evidence_by_claim" in line for line in steps)
    assert not any("Seq Scan on evidence" in line for line in steps)
