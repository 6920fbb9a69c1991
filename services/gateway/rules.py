"""What every answer has: the headers of the NL API Design Rules; and what is not for everybody is not there.

A request that is answered before its body was read has the rest of it read first, within limits: a sender that is
still sending would find the connection broken and never hear why.
"""

import asyncio
from http import HTTPStatus
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.language import language_of
from services.gateway.problems import Problem

VERSION = "1.0.0"
"""Version of the interface, by semantic versioning; the first number stands in the path."""

HEADERS = {
    "API-Version": VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Link": '</v1/openapi.json>; rel="service-desc"; type="application/json"',
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_OF_THE_DESCRIPTION = {"Access-Control-Allow-Origin": "*"}
_DESCRIPTION = "/v1/openapi.json"
_PUBLIC = "/v1/"
_READ_OUT_BYTES = 16 * 1024 * 1024
_READ_OUT_S = 5.0


class ApiRules:
    """ASGI middleware.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] != HTTPStatus.REQUEST_TIMEOUT:
                    await body.read_out()
                headers = MutableHeaders(scope=message)
                own = _OF_THE_DESCRIPTION if scope["path"] == _DESCRIPTION else {}
                for name, value in {**HEADERS, **own}.items():
                    headers.setdefault(name, value)
            await send(message)

        app = self._app if scope["path"].startswith(_PUBLIC) or _is_near(scope) else _nothing_here(scope)
        await app(scope, body.receive, send_with_headers)


class _Body:
    """The body of a request, and whether all of it was read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_read = False

    async def receive(self) -> Message:
        """Return the next message of the client."""
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._is_read = True
        return message

    async def read_out(self) -> None:
        """Read what is left, as long as that is neither much nor slow."""
        n_bytes = 0
        try:
            async with asyncio.timeout(_READ_OUT_S):
                while not self._is_read and n_bytes < _READ_OUT_BYTES:
                    n_bytes += len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


def _is_near(scope: Scope) -> bool:
    """Return whether a request comes from this machine; health and figures are for whoever watches the process."""
    (client, _), (server, _) = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    try:
        return ip_address(client).is_loopback or client == server
    except ValueError:
        return False


def _nothing_here(scope: Scope) -> ASGIApp:
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    return Problem("not-found").response(language_of(accepted))
