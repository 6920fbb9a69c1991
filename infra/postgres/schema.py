"""The tables, as SQLAlchemy Core sees them. Migrations create them; a test holds the two together.

`leerlus` holds the truth and belongs to the services; `reporting` holds views of disclosure-checked aggregates and is
all that Grafana's role may read.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(schema="leerlus")

_now = func.now()
_none = text("'[]'::jsonb")

installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),  # ledger_key, partitions, demonstration
    Column("value", LargeBinary, nullable=False),
)

plan = Table(
    "plan",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("canonical", LargeBinary, nullable=False),  # canonical JSON, the bytes that were digested
    Column("source", Text, nullable=False),  # the YAML as registered
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("accepted_at_offset", BigInteger),  # set when the evaluator has read the registration
)

position = Table(  # one row per partition of each streaming service
    "position",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("topic_id", Text, nullable=False),
    Column("next_offset", BigInteger, nullable=False, server_default="0"),
    Column("owner_epoch", BigInteger, nullable=False, server_default="0"),
    Column("owner", Text),
    Column("failed_offset", BigInteger),  # records up to here were being applied when the worker failed
    Column("failures", Integer, nullable=False, server_default="0"),  # how often in a row
    Column("moved_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

state_block = Table(
    "state_block",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("policy", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

ledger_segment = Table(
    "ledger_segment",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

tally = Table(
    "tally",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("policy", Text, primary_key=True),  # '' where it could not be read
    Column("supplier", Text, primary_key=True),  # '' for senders straight to Kafka
    Column("received", BigInteger, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

look = Table(
    "look",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("closing", Integer, primary_key=True),
    Column("plan_version", Integer, nullable=False),
    Column("plan_sha256", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("look", Text, nullable=False),
    Column("look_index", Integer, nullable=False),
    Column("n_counted", BigInteger, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("last_offset", BigInteger, nullable=False),
    Column("closed_at", DateTime(timezone=True)),  # arrival of the record that closed it
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("warnings", JSONB, nullable=False, server_default=_none),  # contracts.readings.DataWarning
    Column("inequality", JSONB, nullable=False, server_default=_none),  # contracts.readings.Inequality
)

evidence = Table(
    "evidence",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("closing", Integer, primary_key=True),
    Column("row", Integer, primary_key=True),  # place in the closing, from 0
    Column("plan_version", Integer, nullable=False),
    Column("plan_sha256", Text, nullable=False),
    Column("claim", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("other_indicator", Text),
    Column("arm", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("look", Text, nullable=False),
    Column("look_index", Integer, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("last_offset", BigInteger, nullable=False),
    Column("n_a", BigInteger, nullable=False),
    Column("k_a", Float, nullable=False),  # events, or the sum of values
    Column("n_b", BigInteger, nullable=False),
    Column("k_b", Float, nullable=False),
    Column("scale", Text),
    Column("estimate", Float),
    Column("lower", Float),
    Column("upper", Float),
    Column("difference", Float),
    Column("difference_lower", Float),
    Column("difference_upper", Float),
    Column("log_e_worse", Float, nullable=False),
    Column("log_e_better", Float, nullable=False),
    Column("log_detector_worse", Float),
    Column("log_detector_better", Float),
    Column("recent", Text),
    Column("guarantee", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("stands", Text),
    Column("smallest_visible", Float),
    Column("reason", Text),
    Column("selected_lower", Float),
    Column("selected_upper", Float),
    Column("other_difference", Float),
    Column("other_difference_lower", Float),
    Column("other_difference_upper", Float),
    Column("began", Integer),
    Column("placebos", ARRAY(Integer)),
)
other_of_pair = func.coalesce(evidence.c.other_indicator, text("''::text"))
"""The second indicator of a pair, '' of every other claim: as the index of evidence holds it, which finds no NULL."""
Index(
    "evidence_by_claim",
    evidence.c.policy,
    evidence.c.claim,
    evidence.c.indicator,
    other_of_pair,
    evidence.c.arm,
    evidence.c.region,
    evidence.c.group,
    evidence.c.closing,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("policy", Text),
    Column("indicator", Text),
    Column("supplier", Text),
    Column("upload", Text),
    Column("line", BigInteger),
    Column("contract", Text),  # it and its version and digest: what refused the record, the last time
    Column("contract_version", Text),
    Column("contract_sha256", Text),
    Column("reasons", JSONB, nullable=False),  # [{code, place, message}]
    Column("sealed", LargeBinary),  # key, value and headers as sent, encrypted; None once they are deleted
    Column("key_id", Text),  # which key opens them; '' where they are not encrypted yet
    Column("arrived_at", DateTime(timezone=True)),
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("replays", Integer, nullable=False, server_default="0"),  # how often it was sent again
    Column("replayed_at", DateTime(timezone=True)),  # the last time
    Column("outcome", Text),  # what became of it then: counted, duplicate, refused
    Column("counted_at", DateTime(timezone=True)),  # when it was counted after all
    UniqueConstraint("partition", "offset"),
    Index("quarantine_by_policy", "policy", "id"),
    Index("quarantine_by_supplier", "supplier", "id"),
)
Index("quarantine_with_bytes", quarantine.c.stored_at, postgresql_where=quarantine.c.sealed.is_not(None))

contract_in_force = Table(  # by which contracts the owner of each partition judges its records
    "contract_in_force",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, server_default=_now),
)

set_aside = Table(  # records that the evaluator quarantines unread, because reading them stopped it
    "set_aside",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

outbox_counter = Table(  # taken in the writer's transaction: gives the order per policy
    "outbox_counter",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer),  # None: by the key
    Column("key", LargeBinary),
    Column("headers", JSONB, nullable=False),  # [[base64, base64]]
    Column("payload", LargeBinary, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

signal = Table(
    "signal",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True),  # 2026-001, for people
    Column("policy", Text, nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("claim", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("other_indicator", Text),
    Column("arm", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, withdrawn
    Column("owner_office", Text, nullable=False),
    Column("owner_table", Text),
    Column("decide_before", DateTime(timezone=True), nullable=False),
    Column("first_closing", Integer, nullable=False),
    Column("last_closing", Integer, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("memory", JSONB, nullable=False),  # what the next judgement needs: contracts.signal.Memory
    Index("signal_by_policy", "policy", "state"),
)

signal_event = Table(  # append-only history of a signal
    "signal_event",
    metadata,
    Column("signal", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Text, nullable=False),  # raised, changed, withdrawn
    Column("severity", Text, nullable=False),
    Column("closing", Integer, nullable=False),
    Column("slots", JSONB, nullable=False),  # the figures of the sentence, so that history does not change
    Column("happened_at", DateTime(timezone=True), nullable=False),
)

effect = Table(  # what was made outside, by its id: a restart finds it and makes it only once
    "effect",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("place", Text, nullable=False),  # such as the MLflow run id
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=_now),
)
