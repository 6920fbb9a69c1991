"""What the inspector found.

A migration stands for good: it is written out and does not read `infra.postgres.quality_schema`, which moves on.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Kind = TypeEngine[Any]

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "leerlus"
TEXT, INTEGER, LARGE, FLOAT, BYTES, JSON, UUID = (
    sa.Text(),
    sa.Integer(),
    sa.BigInteger(),
    sa.Float(),
    sa.LargeBinary(),
    JSONB(),
    sa.Uuid(),
)
WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    state()
    batch()
    result()
    document()
    pause()
    held()


def key(name: str, kind: Kind) -> "sa.Column[Any]":
    return sa.Column(name, kind, primary_key=True)


def must(name: str, kind: Kind, default: str | None = None) -> "sa.Column[Any]":
    return sa.Column(name, kind, nullable=False, server_default=None if default is None else sa.text(default))


def may(name: str, kind: Kind) -> "sa.Column[Any]":
    return sa.Column(name, kind, nullable=True)


def state() -> None:
    op.create_table("quality_state", key("policy", TEXT), must("partition", INTEGER), must("data", BYTES), schema=SCHEMA)


def batch() -> None:
    op.create_table(
        "quality_batch",
        key("policy", TEXT),
        key("first_offset", LARGE),
        key("plan_version", INTEGER),
        must("last_offset", LARGE),
        must("partition", INTEGER),
        may("n_records", LARGE),
        must("n_passed", INTEGER),
        must("n_failed", INTEGER),
        must("n_could_not_run", INTEGER),
        must("n_not_applicable", INTEGER),
        must("checked_at", WHEN),
        schema=SCHEMA,
    )
    op.create_index("quality_batch_by_time", "quality_batch", ["policy", "checked_at"], schema=SCHEMA)


def result() -> None:
    op.create_table(
        "quality_result",
        key("policy", TEXT),
        key("rule", TEXT),
        key("indicator", TEXT),
        key("arm", TEXT),
        key("region", TEXT),
        key("group", TEXT),
        must("severity", TEXT),
        must("outcome", TEXT),
        may("look", TEXT),
        may("n", LARGE),
        may("figure", FLOAT),
        may("bound", FLOAT),
        may("why", TEXT),
        must("plan_version", INTEGER),
        must("last_offset", LARGE),
        must("since", WHEN),
        must("checked_at", WHEN),
        schema=SCHEMA,
    )


def document() -> None:
    op.create_table(
        "quality_document",
        key("policy", TEXT),
        key("frame", TEXT),
        must("expectations", JSON),
        must("document", JSON),
        must("first_offset", LARGE),
        must("last_offset", LARGE),
        must("checked_at", WHEN),
        schema=SCHEMA,
    )


def pause() -> None:
    op.create_table(
        "quality_pause",
        key("id", UUID),
        must("policy", TEXT),
        must("plan_version", INTEGER),
        must("rule", TEXT),
        must("indicator", TEXT),
        must("arm", TEXT),
        must("region", TEXT),
        must("group", TEXT),
        must("suppliers", JSON, "'[]'::jsonb"),
        must("began_at", WHEN),
        may("ended_at", WHEN),
        may("told_at", WHEN),
        may("withdrawn_at", WHEN),
        schema=SCHEMA,
    )
    op.create_index("quality_pause_by_policy", "quality_pause", ["policy", "ended_at"], schema=SCHEMA)
    untold = sa.text("withdrawn_at IS NULL")
    op.create_index("quality_pause_untold", "quality_pause", ["id"], schema=SCHEMA, postgresql_where=untold)


def held() -> None:
    op.create_table(
        "quality_held",
        key("signal", UUID),
        must("policy", TEXT),
        must("subject", JSON),
        must("severity", TEXT),
        must("closing", INTEGER),
        must("held_at", WHEN),
        schema=SCHEMA,
    )
    op.create_index("quality_held_by_policy", "quality_held", ["policy"], schema=SCHEMA)
