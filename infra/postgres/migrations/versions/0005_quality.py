"""What the inspector found.

A migration stands for good: it is written out and does not read `infra.postgres.schema`, which moves on.
"""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
