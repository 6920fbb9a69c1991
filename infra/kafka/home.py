"""Which partition a policy lives in: the same on every sender and every worker, fixed when the topic is made."""

from functools import lru_cache

from kafka.partitioner.default import murmur2


@lru_cache(maxsize=65_536)
def home_partition(policy: str, n_partitions: int) -> int:
    """Return the policy's home: murmur2 of its UTF-8 bytes, as Kafka's default partitioner takes it from the key."""
    return int(murmur2(policy.encode()) & 0x7FFFFFFF) % n_partitions
