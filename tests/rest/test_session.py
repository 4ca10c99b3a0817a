"""POST /v3/auth/token."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.rest.conftest import Serving
from tests.rest.test_reports import USERS

PATH = "/v3/auth/token"


async def opened(serving: Serving, **body: Any) -> dict[str, Any]:
    response = await serving.client.post(PATH, json=body)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    answer: dict[str, Any] = response.json()
    return answer


async def status(serving: Serving, token: str) -> int:
    header = {"Authorization": f"Bearer {token}"}
    return (await serving.client.get(USERS, headers=header)).status_code


async def test_an_api_key_gives_a_token_that_opens_the_reports(serving: Serving) -> None:
    domain = await serving.domain("session")
    answer = await opened(serving, api_key=await serving.token(domain))
    assert list(answer) == [
        "client_id",
        "domain_uuid",
        "expired_in",
        "refresh_token",
        "token",
        "token_type",
        "user_id",
    ]
    assert str(UUID(answer["client_id"])) == answer["client_id"]
    assert answer["domain_uuid"] == str(domain)
    assert answer["expired_in"] == 86_400
    assert (answer["token_type"], answer["user_id"]) == ("Bearer", "")
    assert await status(serving, answer["token"]) == 200
    assert await status(serving, answer["refresh_token"]) == 401
    serving.now += timedelta(seconds=86_400)
    assert await status(serving, answer["token"]) == 401


async def test_a_refresh_token_gives_the_next_pair(serving: Serving) -> None:
    domain = await serving.domain("refresh")
    first = await opened(serving, api_key=await serving.token(domain))
    serving.now += timedelta(days=2)
    second = await opened(serving, refresh_token=first["refresh_token"])
    assert second["client_id"] == first["client_id"]
    assert await status(serving, second["token"]) == 200


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"\xff", 400, "not JSON"),
        (b"[" * 100_000, 400, "not JSON"),
        (b"null", 400, 'Send {"api_key"'),
        (b"5", 400, 'Send {"api_key"'),
        (b"{}", 400, 'Send {"api_key"'),
        (b'{"api_key": 5}', 400, 'Send {"api_key"'),
        (b'{"api_key": "a", "refresh_token": "b"}', 400, 'Send {"api_key"'),
        (b'{"api_key": "a"}', 401, "malformed"),
        (b'{"api_key": "a\\u0000b"}', 401, "malformed"),
        (f'{{"api_key": "gw_{"0" * 32}_{"a" * 43}"}}'.encode(), 401, "unknown"),
        (b" " * 1_000_001, 413, "too large"),
    ],
)
async def test_a_wrong_body_is_explained(
    serving: Serving, body: bytes, code: int, words: str
) -> None:
    response = await serving.client.post(PATH, content=body)
    assert response.status_code == code
    assert list(response.json()) == ["error"]
    assert words in response.json()["error"]


async def test_a_revoked_key_ends_its_sessions(serving: Serving) -> None:
    domain = await serving.domain("revoked")
    key = await serving.token(domain)
    answer = await opened(serving, api_key=key)
    await serving.execute("update tokens set revoked_at = now() where kind = 'api'")
    refused: httpx.Response = await serving.client.post(PATH, json={"api_key": key})
    assert refused.status_code == 401
    assert await status(serving, answer["token"]) == 401


async def test_only_post_is_taken(serving: Serving) -> None:
    response = await serving.client.get(PATH)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
