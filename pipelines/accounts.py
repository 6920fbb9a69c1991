"""What became of records, counted once per record: from it come the tallies per supplier and per delivery."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from contracts.events import SUPPLIER_HEADER, UPLOAD_HEADER
from contracts.period import Period, parse_period
from pipelines.changes import DeliveryTally, Outcome, Tally

_Key = tuple[str | None, bytes | None, bytes | None]


@dataclass(slots=True)
class Account(Tally):
    """What became of the records of one policy, supplier and delivery.

    Attributes:
        again: Records that were sent again from quarantine; they are among the received.
        arrived_ms: When the last of the others arrived (ms since 1970, UTC).
        periods: Of the observations that were counted, as they were written.
    """

    again: int = 0
    arrived_ms: int | None = None
    periods: set[str] = field(default_factory=set)

    def add(self, became: Outcome, period: str | None) -> None:
        """Count a record; `period` is that of an observation."""
        self.received += 1
        if became == "counted":
            self.counted += 1
            if period is not None:
                self.periods.add(period)
        elif became == "duplicate":
            self.duplicate += 1
        else:
            self.quarantined += 1


class Accounts:
    """The accounts since the last checkpoint."""

    def __init__(self) -> None:
        self._accounts: dict[_Key, Account] = {}

    def of(self, policy: str | None, headers: Mapping[str, bytes]) -> Account:
        """Return the account on which a record of a policy, with these headers, is counted."""
        key = (policy, headers.get(SUPPLIER_HEADER), headers.get(UPLOAD_HEADER))
        if (account := self._accounts.get(key)) is None:
            account = self._accounts[key] = Account()
        return account

    def tallies(self) -> dict[tuple[str | None, str | None], Tally]:
        """Return what became of all records, per (policy or None, supplier or None)."""
        found: dict[tuple[str | None, str | None], Tally] = {}
        for (policy, supplier, _), account in self._accounts.items():
            found.setdefault((policy, _text(supplier)), Tally()).merge(account)
        return found

    def deliveries(self) -> Iterator[DeliveryTally]:
        """Yield what became of each delivery's records of each policy; names that read the same may come twice."""
        for (policy, supplier, upload), account in self._accounts.items():
            if upload is not None:
                yield _delivery(account, policy, supplier=_text(supplier), upload=upload.decode(errors="replace"))


def _text(name: bytes | None) -> str | None:
    return None if name is None else name.decode(errors="replace")


def _delivery(account: Account, policy: str | None, *, supplier: str | None, upload: str) -> DeliveryTally:
    periods: list[Period] = [parse_period(each) for each in account.periods]
    return DeliveryTally(
        upload=upload,
        policy=policy,
        supplier=supplier,
        received=account.received,
        counted=account.counted,
        duplicate=account.duplicate,
        quarantined=account.quarantined,
        again=account.again,
        arrived_ms=account.arrived_ms,
        earliest=min(periods, default=None),
        latest=max(periods, default=None),
    )
