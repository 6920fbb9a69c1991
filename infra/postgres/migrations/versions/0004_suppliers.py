"""Suppliers, their keys, and what was answered to a delivery.

A migration stands for good: it is written out and does not read `infra.postgres.schema`, which moves on.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "leerlus"
TEXT, BYTES, BIG, INTEGER = sa.Text(), sa.LargeBinary(), sa.BigInteger(), sa.Integer()
INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    suppliers()
    keys()
    answers()


def suppliers() -> None:
    op.create_table(
        "supplier",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("policies", ARRAY(TEXT)),
        sa.Column("is_team", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("lines_a_minute", INTEGER),
        sa.Column("requests_a_minute", INTEGER),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        schema=SCHEMA,
    )


def keys() -> None:
    op.create_table(
        "supplier_key",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("supplier", TEXT, sa.ForeignKey(f"{SCHEMA}.supplier.name"), nullable=False),
        sa.Column("sha256", BYTES, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("expires_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        schema=SCHEMA,
    )


def answers() -> None:
    op.create_table(
        "delivery_answer",
        sa.Column("supplier", TEXT, primary_key=True),
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("first_line", BIG, primary_key=True),
        sa.Column("sha256", BYTES, nullable=False),
        sa.Column("answer", BYTES, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False, server_default=NOW),
        schema=SCHEMA,
    )
    op.create_index("delivery_answer_by_time", "delivery_answer", ["answered_at"], schema=SCHEMA)
