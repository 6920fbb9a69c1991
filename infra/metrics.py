"""Every figure that a process shows under `/metrics`, named once with what it counts."""

from prometheus_client import Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

RECORDS = Counter("leerlus_stream_records", "Records dealt with and stored.", ["consumer"])
CHECKPOINT_SECONDS = Histogram(
    "leerlus_stream_checkpoint_seconds", "How long a checkpoint's transaction took.", ["consumer"], buckets=_SECONDS
)
PARTITIONS = Gauge("leerlus_stream_partitions", "Partitions that this process owns.", ["consumer"])
LAG_RECORDS = Gauge(
    "leerlus_stream_lag_records", "Records in the log after the stored ones.", ["consumer", "partition"]
)
LONGEST_STALL_SECONDS = Gauge(
    "leerlus_stream_longest_stall_seconds",
    "Longest time since the start in which the process could do nothing else.",
    ["consumer"],
)

OUTCOMES = Counter("leerlus_evaluator_outcomes", "Records by what became of them.", ["outcome"])
LOOKS_CLOSED = Counter("leerlus_evaluator_looks_closed", "Looks that closed.")
EVIDENCE_ROWS = Counter("leerlus_evaluator_evidence_rows", "Evidence rows that were stored.")

OUTBOX_WAITING = Gauge("leerlus_relay_outbox_waiting", "Messages in the outbox when the relay last looked.")
PUBLISHED = Counter("leerlus_relay_published", "Messages that Kafka has acknowledged.", ["topic"])


def exposition() -> bytes:
    """Return all figures of this process in the form that Prometheus reads."""
    return generate_latest()
