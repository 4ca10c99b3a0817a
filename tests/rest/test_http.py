"""Tokens, errors, conditional requests: what every path does alike."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from gateway.rest import reports
from tests.rest.conftest import Serving
from tests.rest.test_reports import AGENT_TIME, EXTENSION, PATHS, SUMMARY, USERS

TODAY = {"start_time": "2023-03-08", "end_time": "2023-03-08"}


def message(path: str, content: Mapping[str, Any], status: int, phrase: str) -> str:
    """The error's text, when the envelope is the path's."""
    keys = ["code", "content", "error"] if path == EXTENSION else ["error"]
    assert list(content) == keys
    if path == EXTENSION:
        assert (content["code"], content["content"]) == (status, phrase)
    text: str = content["error"]
    return text


@pytest.mark.parametrize("path", PATHS)
async def test_head_is_get_without_the_body(serving: Serving, path: str) -> None:
    domain = await serving.domain("head")
    await serving.user(domain, "ann")
    same = {"X-Request-Id": "same"}
    get, head = [
        await serving.get(path, domain, method, headers=same) for method in ("GET", "HEAD")
    ]
    assert head.status_code == 200
    assert head.content == b""
    for response in (get, head):
        del response.headers["ratelimit"]  # counts each request
    assert head.headers == get.headers
    assert int(head.headers["content-length"]) == len(get.content)


@pytest.mark.parametrize("path", PATHS)
async def test_another_method_is_told_which_are_taken(serving: Serving, path: str) -> None:
    response = await serving.client.post(path)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
    text = message(path, response.json(), 405, "Method Not Allowed")
    assert text == "This address takes GET, HEAD only."


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({}, "A valid token is needed"),
        ({"Authorization": "Basic YTpi"}, "is not understood"),
        ({"Authorization": "Bearer"}, "is not understood"),
        ({"Authorization": "Bearer ey.J0"}, "malformed"),
        ({"Authorization": f"Bearer gw_{'0' * 32}_{'a' * 43}"}, "The token is unknown."),
    ],
)
async def test_without_a_token_there_is_no_answer(
    serving: Serving, header: dict[str, str], words: str
) -> None:
    for path in PATHS:
        response = await serving.client.get(f"{path}?start_time=nonsense", headers=header)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert words in message(path, response.json(), 401, "Unauthorized")


@pytest.mark.parametrize("path", PATHS)
async def test_a_wrong_parameter_is_named(serving: Serving, path: str) -> None:
    domain = await serving.domain("wrong")
    response = await serving.get(path, domain, params={"end_time": "<b>"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert 'end_time "<b>" cannot be read' in message(path, response.json(), 400, "Bad Request")


@pytest.mark.parametrize(
    "query", ["start_time=%00", "start_time=%ff%fe", "start_time=%F0%9F%98%80"]
)
async def test_strange_bytes_are_a_wrong_parameter(serving: Serving, query: str) -> None:
    domain = await serving.domain("strange")
    assert (await serving.get(f"{USERS}?{query}", domain)).status_code == 400


@pytest.mark.parametrize("path", [USERS, EXTENSION])
async def test_the_unexpected_tells_no_secrets(
    serving: Serving, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(reports.Report, "settled", broken)
    domain = await serving.domain("broken")
    with capture_logs() as events:
        response = await serving.get(path, domain, headers={"X-Request-Id": "abc-123"})
    assert response.status_code == 500
    text = message(path, response.json(), 500, "Internal Server Error")
    assert text.endswith("under this request's id. abc-123")
    assert "secret" not in response.text
    (logged,) = [event for event in events if event["event"] == "unexpected error"]
    assert (logged["log_level"], logged["exc_info"]) == ("error", True)


async def test_a_database_that_is_gone_is_503(serving: Serving) -> None:
    domain = await serving.domain("gone")
    await serving.token(domain)
    await serving.execute("revoke usage on schema public from gateway_service")
    await serving.execute("alter table domains rename to elsewhere")
    response = await serving.get(EXTENSION, domain)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert message(EXTENSION, response.json(), 503, "Service Unavailable")


@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_that_the_client_has_is_not_sent_again(serving: Serving, path: str) -> None:
    domain = await serving.domain("known")
    serving.now += timedelta(days=7, hours=12)
    first = await serving.get(path, domain, params=TODAY)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    for given in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = await serving.get(path, domain, params=TODAY, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, no-cache"
    other = await serving.get(path, domain, params=TODAY, headers={"If-None-Match": '"x"'})
    assert (other.status_code, other.headers["etag"]) == (200, tag)


async def test_what_changes_the_answer_changes_the_tag(serving: Serving) -> None:
    domain = await serving.domain("changing")

    async def tag(path: str, query: str = "", who: UUID = domain) -> str:
        etag: str = (await serving.get(f"{path}?{query}", who)).headers["etag"]
        return etag

    first = await tag(USERS)
    assert first == await tag(USERS)
    tags = {first, await tag(SUMMARY), await tag(USERS, "start_time=2023-03-01")}
    tags.add(await tag(USERS, "start_time=2023-03-08&end_time=2023-03-08"))
    tags.add(await tag(USERS, who=await serving.domain("other")))
    assert len(tags) == 5
    await serving.execute("update domains set data_version = data_version + 1")
    assert await tag(USERS) not in tags
    tags.add(await tag(USERS))
    serving.now += timedelta(days=1)  # "today" is another day
    assert await tag(USERS) not in tags
    await serving.execute("update domains set time_zone = 'Asia/Bangkok'")
    assert await tag(USERS) not in tags


async def test_what_may_grow_has_no_tag(serving: Serving) -> None:
    domain = await serving.domain("growing")
    ann = await serving.user(domain, "ann")
    await serving.activity(domain, ann, "2023-03-08T11:00:00+07:00", seconds=None)

    async def seconds() -> tuple[int, bool]:
        response = await serving.get(
            AGENT_TIME, domain, params=TODAY, headers={"If-None-Match": "*"} if is_tagged else {}
        )
        (row,) = response.json()["data"]
        return row["total_pause_sec"], "etag" in response.headers

    is_tagged = False
    assert await seconds() == (3600, False)
    is_tagged = True
    serving.now += timedelta(hours=1)
    assert await seconds() == (7200, False)
    is_tagged = False
    serving.now += timedelta(days=8)
    assert await seconds() == (7 * 86_400, True)
    serving.now += timedelta(days=1)
    assert await seconds() == (7 * 86_400, True)


@pytest.mark.parametrize("path", PATHS)
async def test_what_the_original_ignores_is_ignored(serving: Serving, path: str) -> None:
    domain = await serving.domain("ignoring")
    response = await serving.get(
        f"{path}?limit=abc&offset=-1&domain_uuid=x",
        domain,
        headers={"Content-Type": "nonsense", "Accept": "text/html"},
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
