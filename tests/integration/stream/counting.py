"""A service for tests: counts what it reads per key, and keeps count, sum and sum of squares in state blocks.

Run as a program: `counting.py STATE_DIR TOPIC BOOTSTRAP DSN`.
"""

import sys

import msgspec

from infra.kafka.stream import run_stream
from infra.log import configure_logging
from infra.postgres.blocks import StoredBlock, load_blocks, save_blocks
from infra.settings import load_settings


class Counting:
    """Counts of one partition; a record's value is a whole number, and any other cannot be applied."""

    def __init__(self, next_offset, counts):
        self.next_offset = next_offset
        self.counts = counts

    def apply(self, records):
        n_applied = 0
        for record in records:
            if record.offset >= self.next_offset:
                value, key = int(record.value), record.key.decode()
                n, total, squares = self.counts.get(key, (0, 0, 0))
                self.counts[key] = (n + 1, total + value, squares + value * value)
                self.next_offset = record.offset + 1
                n_applied += 1
        return n_applied


class CountingWork:
    def __init__(self, topic):
        self.topic = topic
        self.consumer = f"leerlus-{topic}"

    async def load(self, connection, positions, n_partitions):
        return {
            each: Counting(offset, await stored_counts(connection, each))
            for each, offset in positions.items()
            if each < n_partitions
        }

    async def prepare(self, records):
        pass

    async def effects(self, tasks):
        pass

    async def save(self, connection, tasks):
        for partition, task in tasks.items():
            block = StoredBlock("test", "counts", msgspec.json.encode(task.counts))
            await save_blocks(connection, partition, [block])


async def stored_counts(connection, partition):
    """The counts that the last checkpoint of a partition left."""
    blocks = await load_blocks(connection, partition)
    return msgspec.json.decode(blocks[0].data, type=dict[str, tuple[int, int, int]]) if blocks else {}


def main(state_dir, topic, bootstrap, dsn):
    settings = load_settings(state_dir=state_dir, kafka={"bootstrap": bootstrap}, postgres={"dsn": dsn})
    configure_logging(settings.log)
    run_stream(CountingWork(topic), settings=settings)


if __name__ == "__main__":
    main(*sys.argv[1:])
