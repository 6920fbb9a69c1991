"""Whether a web application can do its work: the servers it needs are asked every now and then."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from contracts.errors import Unavailable

_EVERY_S = 2.0
_log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[None]]
"""Asks a server; raises `Unavailable` if it does not answer."""


class Probe:
    """The health of one web application.

    Args:
        service: Its name.
        checks: What it needs.
    """

    def __init__(self, service: str, checks: Sequence[Check]) -> None:
        self._service = service
        self._checks = checks
        self.is_alive = True
        self.is_ready = False
        self._problem = "not asked yet"

    def facts(self) -> dict[str, object]:
        """Return the service, and what it lacks."""
        return {"service": f"leerlus-{self._service}", "problem": self._problem}

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self._ask()
            await asyncio.sleep(_EVERY_S)

    async def _ask(self) -> None:
        try:
            for check in self._checks:
                await check()
        except Unavailable as error:
            if self.is_ready:
                _log.warning("service_not_ready", service=self._service, problem=str(error))
            self.is_ready, self._problem = False, str(error)
        else:
            self.is_ready, self._problem = True, ""
