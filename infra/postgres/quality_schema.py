"""The tables of the inspector, beside those of `infra.postgres.schema`. Migrations create them."""

from sqlalchemy import BigInteger, Column, DateTime, Float, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from infra.postgres.schema import metadata

quality_state = Table(  # what is remembered of a policy between micro-batches
    "quality_state",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

quality_batch = Table(  # a micro-batch of a policy that was checked, once
    "quality_batch",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("first_offset", BigInteger, primary_key=True),
    Column("plan_version", Integer, primary_key=True),
    Column("last_offset", BigInteger, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("n_records", BigInteger),  # rounded; NULL below the plan's smallest cell
    Column("n_passed", Integer, nullable=False),
    Column("n_failed", Integer, nullable=False),
    Column("n_could_not_run", Integer, nullable=False),
    Column("n_not_applicable", Integer, nullable=False),
    Column("checked_at", DateTime(timezone=True), nullable=False),
    Index("quality_batch_by_time", "policy", "checked_at"),
)

quality_result = Table(  # the latest result of each rule: in each indicator, and in cells where it failed
    "quality_result",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("arm", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("group", Text, primary_key=True),
    Column("severity", Text, nullable=False),  # critical, warning
    Column("outcome", Text, nullable=False),  # passed, failed, could_not_run, not_applicable
    Column("look", Text),
    Column("n", BigInteger),
    Column("figure", Float),
    Column("bound", Float),
    Column("why", Text),
    Column("plan_version", Integer, nullable=False),
    Column("last_offset", BigInteger, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),  # when this outcome was first seen without a break
    Column("checked_at", DateTime(timezone=True), nullable=False),
)

quality_document = Table(  # the last validation of each frame, for the Data Docs: no values, no small counts
    "quality_document",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("frame", Text, primary_key=True),
    Column("expectations", JSONB, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("last_offset", BigInteger, nullable=False),
    Column("checked_at", DateTime(timezone=True), nullable=False),
)

quality_pause = Table(  # while it lasts no policy signal about the series is told; each is one data signal
    "quality_pause",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("suppliers", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("told_at", DateTime(timezone=True)),  # when the judge raised the data signal
    Column("withdrawn_at", DateTime(timezone=True)),  # and when it withdrew it
    Index("quality_pause_by_policy", "policy", "ended_at"),
    Index("quality_pause_untold", "id", postgresql_where=text("withdrawn_at IS NULL")),
)

quality_held = Table(  # findings that a pause holds back: looked at again when it is over
    "quality_held",
    metadata,
    Column("signal", Uuid, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("subject", JSONB, nullable=False),
    Column("severity", Text, nullable=False),
    Column("closing", Integer, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False),
    Index("quality_held_by_policy", "policy"),
)
