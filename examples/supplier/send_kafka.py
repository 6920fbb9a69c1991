"""Send a file of records straight to Kafka, for organisations that may write to the log.

    pip install kafka-python
    python send_kafka.py --bootstrap kafka.example.org:9092 january.ndjson

Each line is one record, and its policy is the key: records of a policy stay in order. There is no answer a line: what
is refused goes to quarantine with every reason, and the evaluation team sees it. Do not use transactions: their markers
leave gaps in the log, which the evaluator refuses. Exit codes: 0 Kafka has every record, 1 it has not; send the file
again then, what arrives twice is counted once.
"""

import argparse
import json
import sys
from pathlib import Path

from kafka import KafkaProducer
from kafka.errors import KafkaError

TOPIC = "leerlus.observations.v1"
TIMEOUT_S = 60


def main() -> int:
    """Send the file that is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--bootstrap", required=True, metavar="HOST:PORT", help="a broker")
    parser.add_argument("--security", default="PLAINTEXT", choices=["PLAINTEXT", "SSL"], help="how it is reached")
    parser.add_argument("--ca-file", metavar="FILE", help="certificates to trust, with --security SSL")
    parser.add_argument("file", metavar="FILE", help="records, one JSON object a line")
    options = parser.parse_args()
    lines = [line for line in Path(options.file).read_bytes().splitlines() if line]
    try:
        send(lines, options)
    except KafkaError as error:
        print(f"not everything was taken: {error}", file=sys.stderr)
        return 1
    print(f"{options.file}: {len(lines)} records are in the log", file=sys.stderr)
    return 0


def send(lines: list[bytes], options: argparse.Namespace) -> None:
    """Send lines and return when Kafka has acknowledged every one of them."""
    producer = KafkaProducer(
        bootstrap_servers=options.bootstrap,
        security_protocol=options.security,
        ssl_cafile=options.ca_file,
        acks="all",
        enable_idempotence=True,
        compression_type="gzip",
        linger_ms=5,
    )
    try:
        sent = [producer.send(TOPIC, value=line, key=policy_of(line)) for line in lines]
        for each in sent:
            each.get(timeout=TIMEOUT_S)
    finally:
        producer.close()


def policy_of(line: bytes) -> bytes | None:
    """Return the key of a record: the policy that it names; None where it names none, which the evaluator refuses."""
    try:
        record = json.loads(line)
        policy = record.get("enrolment", record)["policy"]
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    return policy.encode() if isinstance(policy, str) else None


if __name__ == "__main__":
    sys.exit(main())
