"""From the gateway to Kafka: every line, to the home of the policy that it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from contracts.events import DENIED_HEADER, LINE_HEADER, OBSERVATIONS, SUPPLIER_HEADER, UPLOAD_HEADER
from contracts.log import Message
from services.gateway.checks import Checked
from services.gateway.outlet import Outlet


@dataclass(frozen=True, slots=True)
class Origin:
    """Where lines come from; the log keeps it with every record."""

    supplier: str
    upload: UUID


async def forward(outlet: Outlet, lines: Iterable[Checked], origin: Origin) -> None:
    """Send lines on and return when Kafka has acknowledged all of them.

    The policy is the key, so a line goes to its policy's home. One that names no policy goes anywhere: the evaluator
    quarantines it where it lies. One that the key does not cover says so, and is quarantined whatever it says.

    Raises:
        Unavailable: If Kafka does not; some lines may have arrived.
    """
    await outlet.send([_message(line, origin) for line in lines])


async def forward_marker(outlet: Outlet, value: bytes, policy: str) -> None:
    """Send a marker on as it came; it bears no supplier, because suppliers may not send any.

    Raises:
        Unavailable: If Kafka does not acknowledge it.
    """
    await outlet.send([Message(OBSERVATIONS, None, policy.encode(), (), value)])


def _message(line: Checked, origin: Origin) -> Message:
    denied = () if line.is_covered else ((DENIED_HEADER, b"policy"),)
    headers = (
        (SUPPLIER_HEADER, origin.supplier.encode()),
        (UPLOAD_HEADER, str(origin.upload).encode()),
        (LINE_HEADER, str(line.number).encode()),
        *denied,
    )
    return Message(OBSERVATIONS, None, line.policy.encode() if line.policy else None, headers, line.value)
