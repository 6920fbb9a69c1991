"""The first schema: everything the services keep, and the first views for Grafana.

A migration stands for good: it is written out and does not read `infra.postgres.schema`, which moves on.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Column = sa.Column[Any]
Kind = TypeEngine[Any]

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "leerlus"
TEXT, INTEGER, BIG, FLOAT, BYTES = sa.Text(), sa.Integer(), sa.BigInteger(), sa.Float(), sa.LargeBinary()
INSTANT, UUID, JSON = sa.DateTime(timezone=True), sa.Uuid(), JSONB()


def key(name: str, kind: Kind) -> Column:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def needed(name: str, kind: Kind, default: str | None = None) -> Column:
    return sa.Column(name, kind, nullable=False, server_default=sa.text(default) if default else None)


def optional(name: str, kind: Kind) -> Column:
    return sa.Column(name, kind, nullable=True)


def table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, *parts, schema=SCHEMA)


def upgrade() -> None:
    plans_and_state()
    what_was_found()
    what_leaves()
    signals()
    views()


def plans_and_state() -> None:
    table("installation", key("name", TEXT), needed("value", BYTES))
    table(
        "plan",
        key("policy", TEXT),
        key("version", INTEGER),
        needed("sha256", TEXT),
        needed("canonical", BYTES),
        needed("source", TEXT),
        needed("stored_at", INSTANT, "now()"),
        optional("accepted_at_offset", BIG),
        sa.UniqueConstraint("sha256"),
    )
    table(
        "position",
        key("consumer", TEXT),
        key("topic", TEXT),
        key("partition", INTEGER),
        needed("topic_id", TEXT),
        needed("next_offset", BIG, "0"),
        needed("owner_epoch", BIG, "0"),
        optional("owner", TEXT),
        optional("failed_offset", BIG),
        needed("failures", INTEGER, "0"),
        needed("moved_at", INSTANT, "now()"),
    )
    table("state_block", key("partition", INTEGER), key("policy", TEXT), key("name", TEXT), needed("data", BYTES))
    table("ledger_segment", key("partition", INTEGER), key("kind", TEXT), key("number", BIG), needed("data", BYTES))
    table(
        "tally",
        key("partition", INTEGER),
        key("policy", TEXT),
        key("supplier", TEXT),
        needed("received", BIG),
        needed("counted", BIG),
        needed("duplicate", BIG),
        needed("quarantined", BIG),
        needed("last_at", INSTANT, "now()"),
    )


def what_was_found() -> None:
    table(
        "look",
        key("policy", TEXT),
        key("closing", INTEGER),
        needed("plan_version", INTEGER),
        needed("plan_sha256", TEXT),
        needed("indicator", TEXT),
        needed("look", TEXT),
        needed("look_index", INTEGER),
        needed("n_counted", BIG),
        needed("first_offset", BIG),
        needed("last_offset", BIG),
        optional("closed_at", INSTANT),
        needed("stored_at", INSTANT, "now()"),
    )
    table(
        "evidence",
        key("policy", TEXT),
        key("closing", INTEGER),
        key("row", INTEGER),
        needed("plan_version", INTEGER),
        needed("plan_sha256", TEXT),
        needed("claim", TEXT),
        needed("indicator", TEXT),
        optional("other_indicator", TEXT),
        needed("arm", TEXT),
        needed("region", TEXT),
        needed("group", TEXT),
        needed("look", TEXT),
        needed("look_index", INTEGER),
        needed("first_offset", BIG),
        needed("last_offset", BIG),
        needed("n_a", BIG),
        needed("k_a", BIG),
        needed("n_b", BIG),
        needed("k_b", BIG),
        optional("scale", TEXT),
        optional("estimate", FLOAT),
        optional("lower", FLOAT),
        optional("upper", FLOAT),
        optional("difference", FLOAT),
        optional("difference_lower", FLOAT),
        optional("difference_upper", FLOAT),
        needed("log_e_worse", FLOAT),
        needed("log_e_better", FLOAT),
        optional("log_detector_worse", FLOAT),
        optional("log_detector_better", FLOAT),
        optional("recent", TEXT),
        needed("guarantee", TEXT),
        needed("state", TEXT),
        optional("stands", TEXT),
        optional("smallest_visible", FLOAT),
        optional("reason", TEXT),
    )
    claim = ["policy", "claim", "indicator", "arm", "region", "group", "closing"]
    op.create_index("evidence_by_claim", "evidence", claim, schema=SCHEMA)
    table(
        "quarantine",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        needed("partition", INTEGER),
        needed("offset", BIG),
        optional("policy", TEXT),
        optional("supplier", TEXT),
        optional("upload", TEXT),
        optional("line", BIG),
        needed("reasons", JSON),
        optional("key", BYTES),
        needed("value", BYTES),
        needed("headers", JSON),
        optional("arrived_at", INSTANT),
        needed("stored_at", INSTANT, "now()"),
        sa.UniqueConstraint("partition", "offset"),
    )
    table(
        "set_aside",
        key("partition", INTEGER),
        key("offset", BIG),
        needed("asked_at", INSTANT, "now()"),
    )


def what_leaves() -> None:
    table("outbox_counter", key("policy", TEXT), needed("last", BIG))
    table(
        "outbox",
        key("policy", TEXT),
        key("number", BIG),
        needed("topic", TEXT),
        optional("partition", INTEGER),
        optional("key", BYTES),
        needed("headers", JSON),
        needed("payload", BYTES),
        needed("stored_at", INSTANT, "now()"),
    )
    table(
        "effect",
        key("consumer", TEXT),
        key("id", TEXT),
        needed("place", TEXT),
        needed("made_at", INSTANT, "now()"),
    )


def signals() -> None:
    table(
        "signal",
        key("id", UUID),
        needed("number", TEXT),
        needed("policy", TEXT),
        needed("plan_version", INTEGER),
        needed("claim", TEXT),
        needed("indicator", TEXT),
        optional("other_indicator", TEXT),
        needed("arm", TEXT),
        needed("region", TEXT),
        needed("group", TEXT),
        needed("direction", TEXT),
        needed("severity", TEXT),
        needed("state", TEXT),
        needed("owner_office", TEXT),
        optional("owner_table", TEXT),
        needed("decide_before", INSTANT),
        needed("first_closing", INTEGER),
        needed("last_closing", INTEGER),
        needed("raised_at", INSTANT),
        needed("changed_at", INSTANT),
        needed("memory", JSON),
        sa.UniqueConstraint("number"),
    )
    op.create_index("signal_by_policy", "signal", ["policy", "state"], schema=SCHEMA)
    table(
        "signal_event",
        key("signal", UUID),
        key("number", INTEGER),
        needed("event", TEXT),
        needed("severity", TEXT),
        needed("closing", INTEGER),
        needed("slots", JSON),
        needed("happened_at", INSTANT),
    )


def views() -> None:
    """Make the views for Grafana: no small cell, counts rounded as the plan says, nothing about one person.

    `security_barrier` keeps a reader's own conditions from seeing the rows that a view leaves out.
    """
    op.execute(
        """
        CREATE VIEW reporting.evidence_latest WITH (security_barrier) AS
        WITH latest AS (
            SELECT DISTINCT ON (policy, claim, indicator, other_indicator, arm, region, "group") *
            FROM leerlus.evidence
            ORDER BY policy, claim, indicator, other_indicator, arm, region, "group", closing DESC
        ), rules AS (
            SELECT sha256,
                   coalesce((document -> 'disclosure' ->> 'minimum_cell')::bigint, 10) AS minimum_cell,
                   coalesce((document -> 'disclosure' ->> 'round_to')::bigint, 5) AS round_to
            FROM (SELECT sha256, convert_from(canonical, 'UTF8')::jsonb AS document FROM leerlus.plan) AS stored
        )
        SELECT policy, plan_version, claim, indicator, other_indicator, arm, region, "group", look, look_index,
               round(n_a::numeric / round_to) * round_to AS n_a,
               round(k_a::numeric / round_to) * round_to AS k_a,
               round(n_b::numeric / round_to) * round_to AS n_b,
               round(k_b::numeric / round_to) * round_to AS k_b,
               scale, estimate, lower, upper, difference, difference_lower, difference_upper,
               round(log_e_worse::numeric, 2)::float8 AS log_e_worse, round(log_e_better::numeric, 2)::float8 AS log_e_better,
               round(log_detector_worse::numeric, 2)::float8 AS log_detector_worse,
               round(log_detector_better::numeric, 2)::float8 AS log_detector_better,
               recent, guarantee, state, stands, smallest_visible, reason
        FROM latest
        JOIN rules ON sha256 = plan_sha256
        WHERE state <> 'too_early' AND least(k_a, n_a - k_a, k_b, n_b - k_b) >= minimum_cell
        """
    )
    op.execute(
        """
        CREATE VIEW reporting.open_signals WITH (security_barrier) AS
        SELECT id, number, policy, plan_version, claim, indicator, other_indicator, arm, region, "group",
               direction, severity, owner_office, owner_table, decide_before, raised_at, changed_at
        FROM leerlus.signal
        WHERE state = 'open'
        """
    )
