"""Refused records: kept encrypted, for a limited time, and with a way back.

A migration stands for good: it is written out and does not read `infra.postgres.schema`, which moves on.
"""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
