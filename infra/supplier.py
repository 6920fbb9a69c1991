"""The supplier's side of the gateway: deliver lines, hear what is said of each, try again while it does not answer."""

import gzip
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec
import psutil

from contracts.errors import InfrastructureError, Reason, SettingsError, Unavailable
from contracts.records import RECORD_BYTES

LINE_BYTES = RECORD_BYTES // 2
"""Longest line that a gateway takes; the other half of what a record may have is for the headers of a delivery."""

_TIMEOUT_S = 30.0
_RETRY_AFTER_S = 1.0
_AGAIN = frozenset(
    {
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0"})  # noqa: S104  (an address to call, not to listen at)


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is refused, with every reason."""

    line: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway says about some lines."""

    accepted: int
    refused: tuple[Refused, ...]


class Supplier:
    """Delivers to one gateway, one request at a time, so that the records of a policy keep their order.

    Args:
        gateway: Its address, `http://host:port`.
        key: Says who delivers; sent in clear to this machine only.
        patience_s: How long to try again while the gateway does not take records.

    Raises:
        SettingsError: If the key would travel to another machine unencrypted.
    """

    def __init__(self, gateway: str, *, key: str, patience_s: float = 60.0) -> None:
        self._gateway = gateway
        self._patience_s = patience_s
        address = urlsplit(gateway)
        is_near = _is_this_machine(address.hostname or "")
        if not is_near and address.scheme != "https":
            raise SettingsError(f"the gateway at {gateway} is on another machine: its address must begin with https://")
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
        self._client = httpx.Client(base_url=gateway, headers=headers, timeout=_TIMEOUT_S, trust_env=not is_near)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def deliver(self, lines: Sequence[tuple[int, bytes]], *, upload: UUID) -> Answer:
        """Deliver lines and return what the gateway says about them.

        Args:
            lines: Numbers, rising, and bytes.
            upload: Id shared by the parts of a delivery.

        Raises:
            Unavailable: If the gateway does not answer in time; some lines may have been taken, and all of them may be
                delivered again.
            InfrastructureError: If the gateway refuses the request as a whole.
        """
        if not lines:
            return Answer(0, ())
        first = lines[0][0]
        headers = {
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Leerlus-Upload": str(upload),
            "Leerlus-First-Line": str(first),
        }
        taken = self._post("/v1/observations", gzip.compress(_body(lines, first), 1), headers)
        refused = [
            Refused(line["line"], tuple(msgspec.convert(line["reasons"], list[Reason]))) for line in taken["lines"]
        ]
        return Answer(taken["accepted"], tuple(refused))

    def close_looks(self, policy: str, *, indicator: str | None = None, period: str | None = None) -> None:
        """Send a period marker: it closes the looks of a policy; None means every indicator, or whatever is open.

        Raises:
            Unavailable: If the gateway does not answer in time.
            InfrastructureError: If it refuses the marker.
        """
        marker = {"period_closed": {"policy": policy, "indicator": indicator, "period": period}}
        self._post("/v1/markers", msgspec.json.encode(marker), {"Content-Type": "application/json"})

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> Any:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                response = self._client.post(path, content=body, headers=headers)
            except httpx.TransportError as error:
                failure, wait_s = f"{type(error).__name__} {error}".rstrip(), _RETRY_AFTER_S
            else:
                if response.is_success:
                    return response.json()
                failure, wait_s = _problem(response), _retry_after_s(response)
                if response.status_code not in _AGAIN:
                    raise InfrastructureError(f"the gateway at {self._gateway} refuses the request: {failure}")
            if time.monotonic() + wait_s > deadline:
                raise Unavailable(f"the gateway at {self._gateway} does not take records: {failure}")
            time.sleep(wait_s)


def _is_this_machine(host: str) -> bool:
    own = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    return host in _LOOPBACK | own


def _body(lines: Iterable[tuple[int, bytes]], first: int) -> bytes:
    """Return lines as they stood, with empty ones where numbers are missing, so that the gateway counts as the file."""
    parts: list[bytes] = []
    for number, value in lines:
        parts += [b""] * (number - first - len(parts))
        parts.append(value)
    return b"\n".join(parts)


def _retry_after_s(response: httpx.Response) -> float:
    """Return how long the gateway asks us to wait; a date is not looked at."""
    given = response.headers.get("retry-after", "")
    return float(given) if given.isdigit() else _RETRY_AFTER_S


def _problem(response: httpx.Response) -> str:
    try:
        return f"{response.status_code} {response.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} {response.reason_phrase}"
