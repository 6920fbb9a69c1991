"""Sends quarantined records to the log again, and learns from the store what the evaluator made of them.

A record goes out as it came, with the headers that it had and one more that names it. It is judged, counted and marked
by the evaluator like any other, so that sending it twice counts nothing twice.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import LeerlusError
from contracts.events import OBSERVATIONS, ORIGIN_HEADER, REPLAY_HEADER
from contracts.in_force import Terms
from contracts.log import Message
from infra.at_rest import Keyring
from infra.postgres.engine import connected
from infra.postgres.installation import ledger_key
from infra.postgres.kept import Damaged, Kept, kept_bytes
from infra.postgres.refusals import Wanted, contracts_in_force, last_number, outcomes_after
from pipelines.seals import REPLAYS, Seals

if TYPE_CHECKING:
    from infra.kafka.sender import Sender

AT_ONCE = 500
"""Records that are read, sent and acknowledged together."""

_NOT_SENT = (ORIGIN_HEADER, REPLAY_HEADER)
_POLL_S = 0.2


@dataclass(slots=True)
class SentAgain:
    """Records that were sent again.

    Attributes:
        replays: How often each had been sent again before, by its number.
        outcomes: What became of those that were dealt with since.
        damaged: Those that could not be read, and were passed over.
    """

    replays: dict[int, int] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)
    damaged: list[Damaged] = field(default_factory=list)

    def n_outcomes(self) -> Counter[str]:
        """Return how many were counted, duplicates and refused; what nothing is known of is missing."""
        return Counter(self.outcomes.values())


async def refuse_other_contract(engine: AsyncEngine, name: str, version: str) -> Terms:
    """Return the contract of this name and version, by which the evaluators judge.

    Raises:
        LeerlusError: If they judge by another version, by several at the moment, or have never run.
    """
    async with connected(engine) as connection:
        found = await contracts_in_force(connection, name)
    if not found:
        raise LeerlusError(f"no evaluator has said that it judges by a contract {name}; `leerlus up` starts one")
    if len(found) > 1:
        seen = ", ".join(f"{each} (sha256 {each.sha256[:12]})" for each in found)
        raise LeerlusError(f"evaluators judge by several contracts at the moment: {seen}; wait until they are alike")
    if found[0].version != version:
        raise LeerlusError(
            f"{name}@{version} was asked for; in force is {found[0]}: start evaluators that know the version you want, "
            f"or ask for {found[0]}"
        )
    return found[0]


async def send_again(engine: AsyncEngine, sender: "Sender", wanted: Wanted, keyring: Keyring) -> SentAgain:
    """Send every wanted record of which the bytes are kept, the oldest first; returns once Kafka has all of them.

    Raises:
        SettingsError: If a record was encrypted with a key that is not on the ring.
        Unavailable: If a server does not answer; what was sent until then is dealt with, and does no harm twice.
    """
    sent = SentAgain()
    async with connected(engine) as connection, connection.begin():
        seals = Seals(await ledger_key(connection), purpose=REPLAYS)
        page = replace(wanted, up_to=await last_number(connection))
    while True:
        async with connected(engine) as connection:
            records = await kept_bytes(connection, page, keyring, limit=AT_ONCE)
        if not records:
            return sent
        whole = [each for each in records if isinstance(each, Kept)]
        sent.damaged += [each for each in records if isinstance(each, Damaged)]
        await sender.deliver([message_of(each, seals) for each in whole])
        sent.replays |= {each.id: each.replays for each in whole}
        page = replace(page, after=records[-1].id)


def message_of(kept: Kept, seals: Seals) -> Message:
    """Return a record as it goes out again: to the home of its policy, or where it lay if it names none."""
    name = seals.sealed("", kept.partition, kept.offset, value=kept.sent.value)
    headers = (*(each for each in kept.sent.headers if each[0] not in _NOT_SENT), (REPLAY_HEADER, name))
    if kept.policy:
        return Message(OBSERVATIONS, None, kept.policy.encode(), headers, kept.sent.value)
    return Message(OBSERVATIONS, kept.partition, kept.sent.key, headers, kept.sent.value)


async def learn_outcomes(engine: AsyncEngine, sent: SentAgain, *, wait_s: float) -> None:
    """Add what became of the records, as far as the evaluator says so within a time.

    Args:
        engine: The store.
        sent: What was sent.
        wait_s: How long to wait.
    """
    deadline = time.monotonic() + wait_s
    while waiting := {number: n for number, n in sent.replays.items() if number not in sent.outcomes}:
        async with connected(engine) as connection:
            sent.outcomes |= await outcomes_after(connection, waiting)
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(_POLL_S)
