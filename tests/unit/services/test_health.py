import asyncio

import httpx
import pytest

from services.health import build


class Health:
    is_alive = True
    is_ready = False

    def facts(self):
        return {"service": "test"}


@pytest.fixture
def get():
    """Ask the application, without a server."""

    async def ask(path):
        transport = httpx.ASGITransport(build(Health()))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.get(path)

    return lambda path: asyncio.run(ask(path))


def test_alive_and_ready_are_two_questions(get):
    alive, ready = get("/healthz"), get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"ok": True, "service": "test"})
    assert (ready.status_code, ready.json()) == (503, {"ok": False, "service": "test"})


def test_figures_are_in_the_form_that_prometheus_reads(get):
    figures = get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert "# TYPE leerlus_stream_records_total counter" in figures.text


def test_nothing_else_is_answered(get):
    assert get("/").status_code == 404
    assert get("/openapi.json").status_code == 404
