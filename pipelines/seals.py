"""Places in the log that only this installation can name.

Anyone who may write to the log can make a header up, and a forged place would make records disappear or change what is
known of others. So a place is sealed with the installation's key, together with the record's bytes.
"""

import hmac
import re
from hashlib import blake2b

REPLAYS = b"leerlus-replay"
"""Purpose of the places of quarantined records that are sent again."""

_PLACE = re.compile(rb"(?P<partition>[0-9]{1,9}):(?P<offset>[0-9]{1,18}):(?P<seal>[0-9a-f]{32})\Z")


class Seals:
    """Seals of one kind.

    Args:
        key: The same for the life of an installation.
        purpose: What the places are for, at most 16 bytes; a seal for one purpose is none for another.
    """

    def __init__(self, key: bytes, *, purpose: bytes) -> None:
        self._key = key
        self._purpose = purpose

    def sealed(self, policy: str, partition: int, offset: int, *, value: bytes) -> bytes:
        """Return the place of a record as a header, `partition:offset:seal`, for these bytes of this policy."""
        place = f"{partition}:{offset}"
        told = b"\0".join((policy.encode(), place.encode(), value))
        seal = blake2b(told, digest_size=16, key=self._key, person=self._purpose)
        return f"{place}:{seal.hexdigest()}".encode()

    def opened(self, header: bytes, policy: str, *, value: bytes) -> tuple[int, int] | None:
        """Return partition and offset that a header names; None if we have not sealed it for these bytes."""
        found = _PLACE.match(header)
        if found is None:
            return None
        partition, offset = int(found["partition"]), int(found["offset"])
        is_ours = hmac.compare_digest(header, self.sealed(policy, partition, offset, value=value))
        return (partition, offset) if is_ours else None
