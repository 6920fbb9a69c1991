"""The quarantine, as people look into it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import Reason
from contracts.in_force import Terms
from infra.postgres.schema import contract_in_force
from infra.postgres.schema import quarantine as stored


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A refused record, without its bytes.

    Attributes:
        id: Its number in the quarantine.
        partition, offset: Where it lies in the log.
        policy, indicator: The ones it names, where that could be read.
        supplier, upload, line: Where it came from, as the gateway said.
        contract, contract_version, contract_sha256: The contract that refused it, the last time.
        reasons: Why it was refused, in the order of the checks.
        arrived_at: When the log took it.
        has_bytes: Whether its bytes are still kept.
        replays, replayed_at: How often it was sent again, and when last.
        outcome: What became of it then: counted, duplicate or refused.
        counted_at: When it was counted after all; None if it never was.
    """

    id: int
    partition: int
    offset: int
    policy: str | None
    indicator: str | None
    supplier: str | None
    upload: str | None
    line: int | None
    contract: str | None
    contract_version: str | None
    contract_sha256: str | None
    reasons: tuple[Reason, ...]
    arrived_at: datetime | None
    has_bytes: bool
    replays: int
    replayed_at: datetime | None
    outcome: str | None
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which refused records are wanted; None asks nothing.

    Attributes:
        policy, indicator, supplier, upload: Those that name it, or came with it.
        code, place: Those with a reason of this code, or about this field.
        since, until: Those that arrived at or after, and before.
        replayed: Those that were sent again, or that were not.
        contract: Those that this contract refused, or of which that is not known.
        settled: False leaves out what was counted, or a duplicate, when it was sent again.
        with_bytes: True leaves out those of which the bytes are deleted.
        after: Those with a higher number.
    """

    policy: str | None = None
    indicator: str | None = None
    supplier: str | None = None
    upload: str | None = None
    code: str | None = None
    place: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    replayed: bool | None = None
    contract: str | None = None
    settled: bool = True
    with_bytes: bool = False
    after: int = 0
    up_to: int | None = None

    def kept(self) -> "Wanted":
        """Return the same, without those of which the bytes are deleted."""
        return replace(self, with_bytes=True)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what must hold of a row."""
        names = ("policy", "indicator", "supplier", "upload")
        asked = [stored.c[name] == value for name in names if (value := getattr(self, name)) is not None]
        reasons = {"code": self.code, "place": self.place}
        asked += [stored.c.reasons.contains([{name: value}]) for name, value in reasons.items() if value is not None]
        if self.since is not None:
            asked.append(stored.c.arrived_at >= self.since)
        if self.until is not None:
            asked.append(stored.c.arrived_at < self.until)
        if self.replayed is not None:
            asked.append(stored.c.replays > 0 if self.replayed else stored.c.replays == 0)
        if self.contract is not None:
            asked.append(or_(stored.c.contract == self.contract, stored.c.contract.is_(None)))
        if not self.settled:
            asked += [stored.c.counted_at.is_(None), func.coalesce(stored.c.outcome, "") != "duplicate"]
        if self.with_bytes:
            asked.append(stored.c.sealed.is_not(None))
        if self.up_to is not None:
            asked.append(stored.c.id <= self.up_to)
        return [*asked, stored.c.id > self.after]


async def newest_refusals(connection: AsyncConnection, wanted: Wanted, *, limit: int) -> tuple[Quarantined, ...]:
    """Return the records that were refused last, at most `limit`, the oldest of them first."""
    query = _rows().where(*wanted.conditions()).order_by(stored.c.id.desc()).limit(limit)
    return tuple(_read(row) for row in reversed((await connection.execute(query)).all()))


async def count_refusals(connection: AsyncConnection, wanted: Wanted) -> int:
    """Return how many refused records there are."""
    return int(await connection.scalar(select(func.count()).select_from(stored).where(*wanted.conditions())) or 0)


async def last_number(connection: AsyncConnection) -> int:
    """Return the highest number in the quarantine; 0 where it is empty."""
    return int(await connection.scalar(select(func.max(stored.c.id))) or 0)


async def refusal(connection: AsyncConnection, number: int) -> Quarantined | None:
    """Return the refused record with this number; None if there is none."""
    row = (await connection.execute(_rows().where(stored.c.id == number))).one_or_none()
    return None if row is None else _read(row)


async def outcomes_after(connection: AsyncConnection, replays: Mapping[int, int]) -> dict[int, str]:
    """Return what became of records that were sent again since, by number.

    Args:
        connection: Any.
        replays: How often each had been sent again before, by number.
    """
    asked = stored.c.id == any_(literal(list(replays), ARRAY(BigInteger)))
    query = select(stored.c.id, stored.c.replays, stored.c.outcome).where(asked)
    rows = (await connection.execute(query)).all()
    return {row.id: row.outcome for row in rows if row.replays > replays[row.id]}


async def contracts_in_force(connection: AsyncConnection, name: str) -> tuple[Terms, ...]:
    """Return the versions of a contract by which evaluators judge, or judged last; several while they change."""
    columns = (contract_in_force.c[each] for each in ("name", "version", "sha256"))
    rows = await connection.execute(select(*columns).where(contract_in_force.c.name == name).distinct())
    return tuple(sorted((Terms(*row) for row in rows), key=str))


def _rows() -> Select[Any]:
    names = (name for name in Quarantined.__slots__ if name != "has_bytes")
    return select(*(stored.c[name] for name in names), stored.c.sealed.is_not(None).label("has_bytes"))


def _read(row: Row[Any]) -> Quarantined:
    fields = {name: row._mapping[name] for name in Quarantined.__slots__}  # noqa: SLF001  (SQLAlchemy's public name)
    return Quarantined(**{**fields, "reasons": tuple(Reason(**each) for each in fields["reasons"])})
