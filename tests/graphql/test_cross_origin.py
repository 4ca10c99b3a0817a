"""What pages of other sites may do."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.conftest import TestDatabase
from tests.graphql.company import company
from tests.graphql.conftest import client_of, stored

OURS = "https://wallboard.example.test"
ASKED = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,apollo-require-preflight",
}


@pytest.fixture(params=[OURS, "*"])
async def http(
    database: TestDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    example = company()
    await stored(database, example)
    origins = f"{request.param}, https://other.example.test" if request.param != "*" else "*"
    async with client_of(database, example.domain_uuid, cors_origins=origins) as client:
        yield client.http


async def asked(http: httpx.AsyncClient, method: str, **options: Any) -> httpx.Response:
    return await http.request(method, "/graphql", **options)


async def test_a_browser_may_ask_and_remembers_it(http: httpx.AsyncClient) -> None:
    response = await asked(http, "OPTIONS", headers={"origin": OURS, **ASKED})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] in {OURS, "*"}
    assert response.headers["access-control-max-age"] == "86400"
    allowed = response.headers["access-control-allow-headers"].split(",")
    assert {"authorization", "content-type", "apollo-require-preflight"} <= set(allowed)
    assert "access-control-allow-credentials" not in response.headers


async def test_every_answer_can_be_read(http: httpx.AsyncClient) -> None:
    for body, status in (({"query": "{ __typename }"}, 200), ([], 400)):
        response = await asked(http, "POST", json=body, headers={"origin": OURS})
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] in {OURS, "*"}
        exposed = response.headers["access-control-expose-headers"].split(", ")
        assert {"ETag", "RateLimit", "Retry-After", "X-Request-Id"} <= set(exposed)
        assert "access-control-allow-credentials" not in response.headers
        if response.headers["access-control-allow-origin"] == OURS:
            assert "Origin" in response.headers["vary"].split(", ")
    response = await asked(http, "DELETE", headers={"origin": OURS})
    assert (response.status_code, response.json()["error"] != "") == (405, True)


async def test_other_origins_are_told_no_in_json(http: httpx.AsyncClient) -> None:
    response = await asked(http, "OPTIONS", headers={"origin": "https://evil.test", **ASKED})
    if response.headers.get("access-control-allow-origin") == "*":
        return
    assert response.status_code == 400
    assert "origin" in response.json()["error"]
    assert "access-control-allow-origin" not in response.headers
    body = {"query": "{ __typename }"}
    response = await asked(http, "POST", json=body, headers={"origin": "https://evil.test"})
    assert "access-control-allow-origin" not in response.headers


async def test_without_the_setting_no_origin_is_allowed(database: TestDatabase) -> None:
    example = company()
    await stored(database, example)
    async with client_of(database, example.domain_uuid) as client:
        response = await asked(client.http, "OPTIONS", headers={"origin": OURS, **ASKED})
        assert response.status_code == 405
        assert "access-control-allow-origin" not in response.headers
