"""Refused records: kept encrypted, for a limited time, and with a way back.

A migration stands for good: it is written out and does not read `infra.postgres.schema`, which moves on.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

Kind = TypeEngine[Any]

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "leerlus"
TEXT, INTEGER, BYTES, INSTANT = sa.Text(), sa.Integer(), sa.LargeBinary(), sa.DateTime(timezone=True)


def upgrade() -> None:
    refusals()
    bytes_as_sent()
    replays()
    contracts()


def refusals() -> None:
    for name in ("indicator", "contract", "contract_version", "contract_sha256"):
        optional(name, TEXT)
    op.create_index("quarantine_by_policy", "quarantine", ["policy", "id"], schema=SCHEMA)
    op.create_index("quarantine_by_supplier", "quarantine", ["supplier", "id"], schema=SCHEMA)


def bytes_as_sent() -> None:
    """Keep what is there unencrypted, with an empty key id, until a service with the key encrypts it."""
    optional("sealed", BYTES)
    optional("key_id", TEXT)
    op.execute(
        """
        UPDATE leerlus.quarantine SET key_id = '', sealed = convert_to(jsonb_build_object(
            'key', translate(encode(key, 'base64'), E'\\n', ''),
            'value', translate(encode(value, 'base64'), E'\\n', ''),
            'headers', headers)::text, 'UTF8')
        """
    )
    for name in ("key", "value", "headers"):
        op.drop_column("quarantine", name, schema=SCHEMA)
    has_bytes = sa.text("sealed IS NOT NULL")
    op.create_index("quarantine_with_bytes", "quarantine", ["stored_at"], schema=SCHEMA, postgresql_where=has_bytes)


def replays() -> None:
    count = sa.Column("replays", INTEGER, nullable=False, server_default="0")
    op.add_column("quarantine", count, schema=SCHEMA)
    optional("replayed_at", INSTANT)
    optional("outcome", TEXT)
    optional("counted_at", INSTANT)


def contracts() -> None:
    op.create_table(
        "contract_in_force",
        sa.Column("partition", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("since", INSTANT, nullable=False, server_default=sa.text("now()")),
        schema=SCHEMA,
    )


def optional(name: str, kind: Kind) -> None:
    op.add_column("quarantine", sa.Column(name, kind, nullable=True), schema=SCHEMA)
