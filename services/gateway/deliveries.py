"""One delivery from its bytes to its answer: cut into lines, checked, forwarded, answered, and remembered."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

from contracts.events import NAMESPACE
from infra.postgres.delivery_answers import DeliveryName
from services.gateway.answers import delivery_taken
from services.gateway.checks import Checked, KnownPlans
from services.gateway.forms import Form, Line, lines_of
from services.gateway.forwarding import Origin, forward
from services.gateway.keys import Holder
from services.gateway.outlet import Outlet
from services.gateway.remembered import Remembered

TURN = 500
"""Lines that are checked before other requests have their turn."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a supplier sends in one request.

    Attributes:
        form, body: What was sent, unpacked.
        first_line: Number of its first line.
        upload: Id that the supplier gave it; None for none.
        key: Name that the supplier gave the request; None for none.
    """

    form: Form
    body: bytes
    first_line: int
    upload: UUID | None
    key: str | None

    @property
    def sha256(self) -> bytes:
        """Digest of what was sent: the same bytes in another form are another delivery."""
        digest = hashlib.sha256(f"{self.form.name}\n".encode())
        digest.update(self.body)
        return digest.digest()

    def name(self, supplier: str) -> DeliveryName | None:
        """Return what it is known by when it is sent again; None where the supplier gave it no name."""
        if self.key is not None:
            return DeliveryName(supplier, f"key {self.key}", self.first_line)
        return None if self.upload is None else DeliveryName(supplier, f"upload {self.upload}", self.first_line)

    def upload_id(self, supplier: str) -> UUID:
        """Return the id that its lines bear in the log: the supplier's, the same for the same name, or a new one."""
        if self.upload is not None or self.key is None:
            return self.upload or uuid4()
        return uuid5(NAMESPACE, f"upload\n{supplier}\n{self.key}")


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a delivery, as JSON.

    Attributes:
        body: The answer.
        is_repeated: Whether it was given before.
    """

    body: bytes
    is_repeated: bool


class Deliveries:
    """Takes deliveries.

    Args:
        plans: The checks.
        outlet: Where lines go.
        remembered: What was answered before.
    """

    def __init__(self, plans: KnownPlans, outlet: Outlet, remembered: Remembered) -> None:
        self._plans = plans
        self._outlet = outlet
        self._remembered = remembered

    async def take(self, delivery: Delivery, holder: Holder, take_lines: Callable[[int], None]) -> Answered:
        """Return the answer to a delivery once Kafka has every line of it; one without an accepted line is forgotten.

        Args:
            delivery: What was sent.
            holder: Whose key it came with.
            take_lines: Called with the number of lines before they are forwarded.

        Raises:
            Problem: If it cannot be read, or something else came under its name; nothing was forwarded.
            Unavailable: If Kafka does not take it; some lines may have been forwarded.
        """
        supplier = holder.supplier.name
        name = delivery.name(supplier)
        if name is None:
            answer, _ = await self._answer(delivery, holder, take_lines)
            return Answered(answer, is_repeated=False)
        with self._remembered.alone(name):
            known = await self._remembered.find(name, delivery.sha256)
            if known is not None:
                return Answered(known, is_repeated=True)
            answer, is_refused = await self._answer(delivery, holder, take_lines)
            if not is_refused:
                await self._remembered.keep(name, delivery.sha256, answer)
            return Answered(answer, is_repeated=False)

    async def _answer(
        self, delivery: Delivery, holder: Holder, take_lines: Callable[[int], None]
    ) -> tuple[bytes, bool]:
        """Return the answer, and whether every line was refused: that may be mended, so nobody holds on to it."""
        lines = await asyncio.to_thread(lines_of, delivery.form, delivery.body, delivery.first_line)
        take_lines(len(lines))
        await self._plans.refresh()
        checked = [each async for each in self._checked(lines, delivery.form, holder)]
        origin = Origin(holder.supplier.name, delivery.upload_id(holder.supplier.name))
        await forward(self._outlet, checked, origin)
        answer = await asyncio.to_thread(delivery_taken, checked, origin.upload)
        return answer, bool(checked) and all(each.reasons for each in checked)

    async def _checked(self, lines: Sequence[Line], form: Form, holder: Holder) -> AsyncIterator[Checked]:
        """Yield what is said of each line; other requests have their turn in between."""
        now_ms = time.time_ns() // 1_000_000
        for place, (number, value) in enumerate(lines):
            if place % TURN == 0:
                await asyncio.sleep(0)
            checked = self._plans.check(number, value, now_ms=now_ms, covered=holder.supplier.policies)
            yield checked.told(form.told) if checked.reasons else checked
