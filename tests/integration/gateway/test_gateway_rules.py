"""The interface keeps the NL API Design Rules: versions, headers, methods, problem details, its own description."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from services.gateway.rules import VERSION, ApiRules

NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/observations", {"Content-Type": "text/plain"}, 415),
        ("POST", "/v1/observations", {**NDJSON, "Content-Encoding": "br"}, 415),
        ("POST", "/v1/observations", {**NDJSON, "Leerlus-Upload": "7"}, 400),
        ("POST", "/v1/observations", {**NDJSON, "Leerlus-First-Line": "0"}, 400),
        ("POST", "/v1/observations", {**NDJSON, "Leerlus-First-Line": "9" * 40}, 400),
        ("POST", "/v1/observations", {**NDJSON, "Idempotency-Key": "x" * 201}, 400),
        ("GET", "/v1/observations", {}, 405),
        ("POST", "/v1/observations/", NDJSON, 404),
        ("GET", "/v1/openapi.json/", {}, 404),
        ("GET", "/v1/", {}, 404),
        ("GET", "/v2", {}, 404),
        ("GET", "/", {}, 404),
        ("GET", "/docs", {}, 404),
    ],
)
def test_every_error_is_answered_with_problem_details(client, method, path, headers, status):
    answer = client.request(method, path, content=b"{}" if method == "POST" else None, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() >= {"type", "title", "status", "detail"}
    assert answer.json()["status"] == status


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/v1/observations", "/v1/nothing", "/healthz"])
def test_every_answer_has_the_version_and_the_security_headers(client, path):
    headers = client.get(path).headers
    assert headers["api-version"] == VERSION == "1.0.0"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "openapi.json" in headers["link"]


@pytest.mark.parametrize(("path", "allowed"), [("/v1/observations", "OPTIONS, POST"), ("/v1/markers", "OPTIONS, POST")])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE", "NONSENSE"])
def test_another_method_is_answered_with_those_there_are(client, method, path, allowed):
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        assert allowed in answer.json()["detail"]


def test_options_and_head_say_what_there_is_without_a_body(client):
    answer = client.options("/v1/observations")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "OPTIONS, POST", b"")
    answer = client.options("/v1/openapi.json")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    answer = client.head("/v1/openapi.json")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(client.get("/v1/openapi.json").content)


@pytest.mark.parametrize(("accepted", "title"), [("nl", "Geen sleutel"), ("en", "No key"), ("de", "Geen sleutel")])
def test_a_problem_is_told_in_dutch_unless_english_is_asked_for(calling, accepted, title):
    answer = calling(None, **{"Accept-Language": accepted}).post("/v1/observations", headers=NDJSON)
    assert answer.json()["title"] == title
    assert answer.headers["content-language"] == ("en" if accepted == "en" else "nl")
    assert answer.headers["vary"] == "Accept-Language"


def test_the_interface_describes_itself_to_everybody(calling):
    answer = calling(None).get("/v1/openapi.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    document = answer.json()
    assert document["openapi"].startswith("3.")
    assert document["info"]["version"] == VERSION
    assert document["paths"].keys() == {"/v1/observations", "/v1/markers"}
    delivery = document["paths"]["/v1/observations"]["post"]
    assert delivery["requestBody"]["content"].keys() >= {"application/x-ndjson", "application/json", "text/csv"}
    assert delivery["responses"].keys() == {"202", "400", "401", "408", "409", "413", "415", "422", "429", "503"}
    assert "Retry-After" in delivery["responses"]["503"]["headers"]
    assert document["security"] == [{"key": []}]


@pytest.mark.parametrize(
    ("place", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("192.0.2.1", 200), ("192.0.2.7", 404), ("2001:db8::7", 404), ("nonsense", 404)],
)
def test_health_is_for_this_machine_only(place, status):
    app = FastAPI()
    app.add_api_route("/readyz", lambda: "well")
    app.add_api_route("/v1/thing", lambda: "public")

    async def ask(path):
        transport = httpx.ASGITransport(ApiRules(app), client=(place, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://192.0.2.1") as client:
            return (await client.get(path)).status_code

    assert asyncio.run(ask("/readyz")) == status
    assert asyncio.run(ask("/v1/thing")) == 200


def test_the_description_names_whom_to_ask(serve):
    with serve(contact="leerlus@gemeente.example") as address:
        document = httpx.get(f"{address}/v1/openapi.json").json()
    assert document["info"]["contact"]["email"] == "leerlus@gemeente.example"
