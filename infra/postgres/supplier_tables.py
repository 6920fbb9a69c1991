"""The tables of the gateway: who may deliver, with which keys, and what was answered to a delivery."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import func

from infra.postgres.schema import metadata

_now = func.now()

supplier = Table(
    "supplier",
    metadata,
    Column("name", Text, primary_key=True),
    Column("policies", ARRAY(Text)),  # what it may deliver for; null for every policy
    Column("is_team", Boolean, nullable=False, server_default=text("false")),  # the evaluation team: may close looks
    Column("lines_a_minute", Integer),  # null for the gateway's own limit
    Column("requests_a_minute", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

supplier_key = Table(
    "supplier_key",
    metadata,
    Column("id", Text, primary_key=True),  # the public part of the key
    Column("supplier", Text, ForeignKey(supplier.c.name), nullable=False),
    Column("sha256", LargeBinary, nullable=False),  # of the whole key, which is kept nowhere
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
)

delivery_answer = Table(  # what was answered, so that the same delivery sent again gets the same answer
    "delivery_answer",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("name", Text, primary_key=True),  # by which the supplier knows the delivery
    Column("first_line", BigInteger, primary_key=True),
    Column("sha256", LargeBinary, nullable=False),  # of what was delivered
    Column("answer", LargeBinary, nullable=False),  # JSON, packed
    Column("answered_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Index("delivery_answer_by_time", "answered_at"),
)
