"""Starts Kafka and PostgreSQL in a folder of whoever runs it, and says so; run by `test_embedded.py`."""

import sys
from pathlib import Path

from infra.embedded.kafka import Kafka
from infra.embedded.postgres import Postgres
from infra.embedded.progress import silent
from infra.embedded.server import stop, wait_until_ready
from infra.embedded.state import StateDirectory

home = Path(sys.argv[1])
state = StateDirectory.open(home / "state")
servers = Kafka(state, cache_dir=home / "cache"), Postgres(state)
try:
    for server in servers:
        server.start(silent)
    wait_until_ready(servers, silent, timeout_s=60)
    sys.stdout.write(" ".join(server.name for server in servers) + " ready\n")
finally:
    for server in servers:
        stop(server)
