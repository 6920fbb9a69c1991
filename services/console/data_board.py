"""The supplier board, made ready: a line for each supplier and policy, the reasons, and everything together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.postgres.reading import StoredPlan
from infra.postgres.supplier_board import ReasonCount
from services.console.data_reading import StoredBoard
from services.console.data_suppliers import (
    SupplierFacts,
    SupplierLine,
    merged,
    reasons_together,
    supplier_facts,
    supplier_lines,
)


@dataclass(frozen=True, slots=True)
class Together:
    """All suppliers together; received = counted + duplicate + quarantined.

    Attributes:
        n_open: Refused records that were neither counted nor a duplicate since.
        oldest_open_at: When the oldest of these arrived; None where there is none.
        last_at: When the last record came; None before the first.
    """

    received: int
    counted: int
    duplicate: int
    quarantined: int
    n_open: int
    oldest_open_at: datetime | None
    last_at: datetime | None
    n_suppliers: int


@dataclass(frozen=True, slots=True)
class SupplierView:
    """The suppliers of the policies that are shown."""

    lines: tuple[SupplierLine, ...]
    facts: tuple[SupplierFacts, ...]
    reasons: tuple[ReasonCount, ...]
    together: Together


def supplier_view(board: StoredBoard, plans: Sequence[StoredPlan], *, now: datetime) -> SupplierView:
    """Return the suppliers of the policies that are shown, the worst first."""
    policies = frozenset(each.plan.id for each in plans)
    paused = frozenset((name, each.policy) for each in board.pauses for name in each.suppliers)
    quarantine = merged(board.quarantine, policies)
    lines = supplier_lines(board.delivered, quarantine, board.registered, policies=policies, paused=paused)
    names = [each.supplier for each in lines]
    return SupplierView(
        lines,
        supplier_facts(names, board.keys, board.refusals, quarantine, now=now),
        reasons_together(board.reasons, policies),
        _together(lines),
    )


def _together(lines: Sequence[SupplierLine]) -> Together:
    delivered = [each.delivered for each in lines if each.delivered is not None]
    held = [each.quarantine for each in lines if each.quarantine is not None]
    return Together(
        received=sum(each.received for each in delivered),
        counted=sum(each.counted for each in delivered),
        duplicate=sum(each.duplicate for each in delivered),
        quarantined=sum(each.quarantined for each in delivered),
        n_open=sum(each.open for each in held),
        oldest_open_at=min((each.oldest_open_at for each in held if each.oldest_open_at is not None), default=None),
        last_at=max((each.last_at for each in delivered), default=None),
        n_suppliers=len({each.supplier for each in delivered if each.supplier}),
    )
