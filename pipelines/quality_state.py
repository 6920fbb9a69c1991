"""What is remembered of a policy between micro-batches: its looks, what is not judged yet, and what fails."""

import msgspec

from contracts.plan import Plan
from pipelines.quality_looks import Watch

_decode = msgspec.msgpack.Decoder


class Share(msgspec.Struct, array_like=True):
    """Records of a series that were seen since it was judged last, and those of them that fail."""

    n: int = 0
    failed: int = 0


class PolicyState(msgspec.Struct):
    """The state of one policy.

    Attributes:
        plans: Digests of the versions, in the order in which they were registered.
        version: Version under which looks are counted; 0 before the first record.
        last_ms: Arrival of the last record (ms since 1970, UTC).
        watches: Looks, by indicator.
        shares: What is not judged yet, by series.
        failing: Series that failed when they were judged last.
        passes: Of each series that is paused, how often it passed in a row.
    """

    plans: list[str] = []
    version: int = 0
    last_ms: int | None = None
    watches: dict[str, Watch] = {}
    shares: dict[str, Share] = {}
    failing: set[str] = set()
    passes: dict[str, int] = {}

    def encoded(self) -> bytes:
        """Return the state as bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decoded(cls, data: bytes) -> "PolicyState":
        """Return the state that these bytes hold."""
        return msgspec.msgpack.decode(data, type=cls)

    def counts_under(self, plan: Plan, *, may_begin: bool) -> bool:
        """Return whether records under this version count in looks; a later one that may begin does so anew."""
        if plan.version > self.version and may_begin:
            self.version, self.watches = plan.version, {}
        return plan.version == self.version
