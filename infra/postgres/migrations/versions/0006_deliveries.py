"""What became of each delivery.

A migration stands for good: it is written out and does not read `infra.postgres.delivery_tallies`, which moves on.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DATERANGE

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "leerlus"
TEXT, BIG, INSTANT = sa.Text(), sa.BigInteger(), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "delivery_tally",
        sa.Column("supplier", TEXT, primary_key=True),
        sa.Column("upload", TEXT, primary_key=True),
        sa.Column("policy", TEXT, primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True, autoincrement=False),
        *(count(name) for name in ("received", "counted", "duplicate", "quarantined", "again")),
        sa.Column("arrived_at", INSTANT),
        sa.Column("earliest", DATERANGE()),
        sa.Column("latest", DATERANGE()),
        sa.Column("last_at", INSTANT, nullable=False, server_default=sa.text("now()")),
        schema=SCHEMA,
    )
    op.create_index("delivery_tally_by_time", "delivery_tally", ["last_at"], schema=SCHEMA)
    op.create_index("delivery_tally_by_supplier", "delivery_tally", ["supplier", "last_at"], schema=SCHEMA)


def count(name: str) -> "sa.Column[Any]":
    return sa.Column(name, BIG, nullable=False)
