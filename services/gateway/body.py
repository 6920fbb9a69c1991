"""The body of a delivery: read within limits, unpacked, cut into lines."""

import zlib
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus

from fastapi import Request

from infra.supplier import LINE_BYTES
from services.gateway.problems import Problem

BODY_BYTES = 8 * 1024 * 1024
LINES = 50_000
MEDIA_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")

_GZIP = 16 + zlib.MAX_WBITS


async def lines_of(request: Request, first_line: int) -> list[tuple[int, bytes]]:
    """Return the lines of a delivery with their numbers; empty lines have a number and are passed over.

    Args:
        request: The delivery, or a part of one.
        first_line: Number of the body's first line in the delivery.

    Raises:
        Problem: If the body is in another form, too large, or no gzip where it says so.
    """
    _refuse_other_media(request)
    return list(_cut(await _unpacked(request), first_line))


async def marker_of(request: Request) -> bytes:
    """Return the body of a request that holds one record.

    It must say that it is JSON, which no form of a foreign web page can.

    Raises:
        Problem: If it is in another form, too large, or no gzip where it says so.
    """
    given = _media_of(request, "")
    if given != "application/json":
        detail = f"the content type is {given!r}; allowed is application/json"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "no-json", detail)
    return (await _unpacked(request)).strip()


def _refuse_other_media(request: Request) -> None:
    given = _media_of(request, MEDIA_TYPES[0])
    if given not in MEDIA_TYPES:
        detail = f"the content type is {given!r}; allowed is NDJSON, one record a line: {', '.join(MEDIA_TYPES)}"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "no-ndjson", detail)


def _media_of(request: Request, default: str) -> str:
    return request.headers.get("content-type", default).partition(";")[0].strip().lower()


async def _unpacked(request: Request) -> bytes:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return await _within_limit(request.stream())
    if encoding == "gzip":
        return await _within_limit(_gunzipped(request.stream()))
    detail = f"the content encoding is {encoding!r}; allowed are gzip and identity"
    raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unknown-encoding", detail)


async def _within_limit(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > BODY_BYTES:
            detail = f"the body is over {BODY_BYTES:,} bytes (unpacked): send it in parts"
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)
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
        raise Problem(HTTPStatus.BAD_REQUEST, "no-gzip", f"the body is no gzip: {error}") from error
    if not unpacker.eof:
        raise Problem(HTTPStatus.BAD_REQUEST, "no-gzip", "the gzip body ends too early")


def _cut(body: bytes, first_line: int) -> Iterator[tuple[int, bytes]]:
    n_records = 0
    for number, line in enumerate(body.split(b"\n"), start=first_line):
        value = line.removesuffix(b"\r")
        if len(value) > LINE_BYTES:
            detail = f"line {number} has {len(value):,} bytes; allowed are {LINE_BYTES:,}. Nothing was taken."
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "line-too-large", detail, members={"line": number})
        if value:
            n_records += 1
            yield number, value
        if n_records > LINES:
            detail = f"the body has over {LINES:,} records: send it in parts. Nothing was taken."
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-many-records", detail)
