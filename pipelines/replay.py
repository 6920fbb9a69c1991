"""An offline replay: the rows that the live service stores, from a plan and a list of records."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import msgspec

from contracts.events import LookClosed
from contracts.evidence import EvidenceRow
from contracts.plan import Plan
from contracts.records import LogRecord
from pipelines.changes import Quarantined, Tally
from pipelines.fold import Partition

CHUNK = 10_000
"""Records folded at once; any number gives the same rows."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found.

    Attributes:
        closings: Looks in the order of the log.
        quarantined: Refused records, by their number in the input (from 0).
        tally: What became of the records.
    """

    closings: tuple[LookClosed, ...]
    quarantined: tuple[Quarantined, ...]
    tally: Tally

    @property
    def rows(self) -> list[EvidenceRow]:
        """Every evidence row, in order."""
        return [row for closing in self.closings for row in closing.rows]


def replay(plan: Plan, values: Iterable[bytes], *, keep_open: bool = False) -> Replay:
    """Return what the plan's fold concludes from the records.

    The plan counts as registered before the first record. Records bear no broker's time, so the checks against the
    time of arrival are left out.

    Args:
        plan: The plan.
        values: The records' bytes, in order; their numbers count from 0.
        keep_open: Whether looks that are open at the end stay open.
    """
    partition = Partition(next_offset=-1, ledger_key=b"")
    partition.apply([LogRecord(-1, None, None, _registration(plan))], {plan.sha256: plan})
    partition.take_changes()
    closings: list[LookClosed] = []
    quarantined: list[Quarantined] = []
    total = Tally()
    numbered = (LogRecord(number, None, None, value) for number, value in enumerate(values))
    while chunk := list(islice(numbered, CHUNK)):
        partition.apply(chunk, {plan.sha256: plan})
        _gather(partition, closings, quarantined, total)
    if not keep_open:
        partition.close_open_looks()
        _gather(partition, closings, quarantined, total)
    return Replay(tuple(closings), tuple(quarantined), total)


def _registration(plan: Plan) -> bytes:
    return msgspec.json.encode({"plan_registered": {"id": plan.id, "version": plan.version, "sha256": plan.sha256}})


def _gather(partition: Partition, closings: list[LookClosed], quarantined: list[Quarantined], total: Tally) -> None:
    changes = partition.take_changes()
    if changes is None:
        return
    closings += changes.closings
    quarantined += changes.quarantined
    for tally in changes.tallies.values():
        total.merge(tally)
