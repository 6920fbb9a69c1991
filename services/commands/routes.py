"""The two ways in for records: through the gateway, or straight to Kafka."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import msgspec

from contracts.decoder import decode, policy_of
from contracts.errors import ContractError
from contracts.events import OBSERVATIONS
from contracts.log import Message
from contracts.records import PlanRegistered
from infra.supplier import Answer, Refused

if TYPE_CHECKING:
    from infra.kafka.sender import Sender


class Route(Protocol):
    """A way in; what it answers is said before the evaluator has seen the record."""

    def deliver(self, lines: Sequence[tuple[int, bytes]], *, upload: UUID) -> Answer:
        """Deliver lines and return what is said about them once Kafka has acknowledged all of them."""
        ...

    def close_looks(self, policy: str) -> None:
        """Send a period marker that closes every open look of a policy."""
        ...


class Direct:
    """Straight to Kafka, without supplier headers: for the evaluation team, and for what a log held.

    Args:
        sender: Where records go.
        runner: Runs the sender.
    """

    def __init__(self, sender: "Sender", runner: asyncio.Runner) -> None:
        self._sender = sender
        self._runner = runner

    def deliver(self, lines: Sequence[tuple[int, bytes]], *, upload: UUID) -> Answer:  # noqa: ARG002
        """Send lines; the answer speaks of their contract only, the plan is for the evaluator."""
        refused, messages = [], []
        for number, value in lines:
            try:
                record = decode(value)
                policy = record.id if isinstance(record, PlanRegistered) else record.policy
            except ContractError as error:
                refused.append(Refused(number, error.reasons))
                policy = policy_of(value) or ""
            messages.append(_message(policy, value))
        self._runner.run(self._sender.deliver(messages))
        return Answer(len(lines) - len(refused), tuple(refused))

    def close_looks(self, policy: str) -> None:
        """Send a period marker that closes every open look of a policy."""
        marker = {"period_closed": {"policy": policy, "indicator": None, "period": None}}
        self._runner.run(self._sender.deliver([_message(policy, msgspec.json.encode(marker))]))


def _message(policy: str, value: bytes) -> Message:
    return Message(OBSERVATIONS, None, policy.encode() if policy else None, (), value)


@contextmanager
def straight_to_kafka(bootstrap: str) -> Iterator[Direct]:
    """Yield the route that leaves the gateway out."""
    from infra.kafka.sender import Sender  # noqa: PLC0415  (large; the way through the gateway does without it)

    with asyncio.Runner() as runner:
        sender = runner.run(Sender(bootstrap, client="leerlus-send").__aenter__())
        try:
            yield Direct(sender, runner)
        finally:
            runner.run(sender.__aexit__())
