"""The body of a request: read within limits of size and time, and unpacked."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.gateway.problems import Problem

BODY_BYTES = 8 * 1024 * 1024

_GZIP = 16 + zlib.MAX_WBITS


async def body_of(request: Request, *, timeout_s: float) -> bytes:
    """Return the body, unpacked.

    Args:
        request: Whose body was not read yet.
        timeout_s: How long it may be under way.

    Raises:
        Problem: If it is too large, too slow or cut off, or no gzip where it says so.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise Problem("unknown-encoding", seen=repr(encoding))
    chunks = request.stream() if encoding == "identity" else _gunzipped(request.stream())
    try:
        async with asyncio.timeout(timeout_s):
            return await _within_limit(chunks)
    except ClientDisconnect as error:
        raise Problem("body-cut-off") from error
    except TimeoutError as error:
        raise Problem("body-too-slow", headers={"Connection": "close"}, limit=f"{timeout_s:g}") from error


async def _within_limit(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > BODY_BYTES:
            raise Problem("body-too-large", limit=BODY_BYTES)
    return bytes(body)


async def _gunzipped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Unpack as the bytes come in, never more at once than the limit allows; a body may have several gzip members."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            packed = chunk
            while packed:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(_GZIP)
                yield unpacker.decompress(packed, BODY_BYTES + 1)
                packed = unpacker.unused_data or unpacker.unconsumed_tail
    except zlib.error as error:
        raise Problem("no-gzip", fault=str(error)) from error
    if not unpacker.eof:
        raise Problem("no-gzip", fault="it ends too early")
