"""POST /ingest/calls and /ingest/activities."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import msgspec
import pytest

from gateway.ingest import http
from tests.ingest.office import START, Office, key
from tests.ingest.posting import Posting, basic, figures, line, posting_to, token_of


async def test_calls_come_in_and_the_same_body_changes_nothing(posting: Posting) -> None:
    body = line(1) + b"\r\n" + line(2, extension="102", caller_number="+84 28 3822 1234")
    assert figures(await posting.told("calls", body)) == (2, 0, 0, 0, 0)
    before = await posting.office.stored_calls()
    version = await posting.office.version()
    assert set(before) == {key(1), key(2)}
    assert figures(await posting.told("calls", body)) == (0, 0, 2, 0, 0)
    assert await posting.office.stored_calls() == before
    assert await posting.office.version() == version


async def test_every_rejected_line_is_told_and_the_rest_is_taken(posting: Posting) -> None:
    body = [line(1), b"\n", b"{broken\n", b"\xff\xfe\n", line(2, extension=None, username="x")]
    body += [b"[1]\n", b'{"call_uuid": "5"}\n', b"x" * 70_000 + b"\n", line(3).rstrip()]
    answer = await posting.told("calls", b"".join(body))
    assert figures(answer) == (2, 0, 0, 0, 6)
    assert {each["verdict"] for each in answer["lines"]} == {"rejected"}
    found = {each["line"]: each["reason"] for each in answer["lines"]}
    assert list(found) == [3, 4, 5, 6, 7, 8]
    assert found[3].startswith("this is not JSON")
    assert found[4].startswith("this is not UTF-8")
    assert found[5] == 'no user "x" in the directory of this domain'
    assert found[6] == "this is not a JSON object: write {...}"
    assert "is not a uuid" in found[7]
    assert found[8] == "the line is longer than 65536 bytes"


async def test_activities_come_in(posting: Posting) -> None:
    record = {
        "source": "acd",
        "source_key": "7",
        "username": "an",
        "state": "pause",
        "started_at": "2026-03-02T10:00:00",
        "pause_code": "Ăn trưa",
        "seconds": 60,
    }
    body = msgspec.json.encode(record)
    assert figures(await posting.told("activities", body)) == (1, 0, 0, 0, 0)
    (stored,) = await posting.office.rows("agent_activities")
    assert (stored["started_at"], stored["pause_code"]) == (START, "Ăn trưa")
    gone = msgspec.json.encode({"source": "acd", "source_key": "7", "deleted": True})
    assert figures(await posting.told("activities", gone)) == (0, 0, 0, 1, 0)


@pytest.mark.parametrize("members", [1, 3])
async def test_gzip_is_unpacked(posting: Posting, members: int) -> None:
    body = b"".join(gzip.compress(line(name)) for name in range(members))
    answer = await posting.told("calls", body, **{"Content-Encoding": "gzip"})
    assert figures(answer) == (members, 0, 0, 0, 0)


async def test_damaged_or_unknown_packing_is_refused(posting: Posting) -> None:
    whole = gzip.compress(line(1))
    for body in (whole[:-3], line(1), whole + b"more", whole[:20] + b"\0\0\0" + whole[23:]):
        status, told = await posting.refused("calls", body, **{"Content-Encoding": "gzip"})
        assert (status, "not whole gzip" in told) == (400, True)
    status, told = await posting.refused("calls", line(1), **{"Content-Encoding": "br"})
    assert (status, told) == (415, "Send the body plain, or with Content-Encoding: gzip.")
    assert not await posting.office.stored_calls()


async def test_large_bodies_are_refused_packed_or_not(posting: Posting) -> None:
    async def stream() -> AsyncIterator[bytes]:
        while True:
            yield line(1) * 100

    bomb = gzip.compress(b"\n" * 500_000_000, 1)
    assert len(bomb) < 3_000_000
    told = "The body is larger than 1000000 bytes: send it in parts."
    assert await posting.refused("calls", line(1) * 10_000) == (413, told)
    assert await posting.refused("calls", stream()) == (413, told)
    headers = {"Content-Encoding": "gzip"}
    assert await posting.refused("calls", bomb, **headers) == (413, told)
    packed = gzip.compress(b"\n" * 100_000_000)
    assert len(packed) < 1_000_000
    assert await posting.refused("calls", packed, **headers) == (413, told)
    assert not await posting.office.stored_calls()


async def test_a_body_of_nothing_but_mistakes_ends_early(
    posting: Posting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MOST_REJECTED", 10)
    status, told = await posting.refused("calls", line(1) + b"x\n" * 1000)
    assert (status, told[:32]) == (400, "Stopped: 11 records are rejected")
    assert set(await posting.office.stored_calls()) == {key(1)}


@pytest.mark.parametrize(
    "media", ["text/plain", "application/xml", "application/x-ndjson; charset=latin-1", ""]
)
async def test_another_media_type_is_refused(posting: Posting, media: str) -> None:
    status, told = await posting.refused("calls", line(1), media)
    assert (status, "application/x-ndjson" in told) == (415, True)


@pytest.mark.parametrize("media", ["application/json", "Application/NDJSON; charset=UTF-8"])
async def test_json_lines_go_by_several_names(posting: Posting, media: str) -> None:
    assert figures(await posting.told("calls", line(1), media)) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize("path", ["calls", "activities", "freeswitch"])
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic", "Basic ä", "Basic eA==", basic("pbx:x"), "Digest x"],
)
async def test_without_a_token_nothing_is_read(posting: Posting, path: str, header: str) -> None:
    read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield b""

    response = await posting.client.post(
        f"/ingest/{path}", content=body(), headers={b"Authorization": header.encode("latin-1")}
    )
    assert (response.status_code, read) == (401, False)
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["error"]


@pytest.mark.parametrize("name", ["", "pbx", "đài"])
async def test_basic_carries_the_token_as_its_password(posting: Posting, name: str) -> None:
    header = {"Authorization": basic(f"{name}:{posting.token}")}
    assert figures(await posting.told("calls", line(1), **header)) == (1, 0, 0, 0, 0)


async def test_the_token_decides_whose_calls_they_are(posting: Posting, neighbour: Office) -> None:
    await posting.told("calls", line(1))
    header = {"Authorization": f"Bearer {await token_of(neighbour)}"}
    body = line(1, duration=99)
    assert figures(await posting.told("calls", body, **header)) == (1, 0, 0, 0, 0)
    assert (await posting.office.stored_call(1))["duration"] == 20
    assert (await neighbour.stored_call(1))["duration"] == 99
    named = line(2).replace(b"{", b'{"domain_uuid":"%s",' % str(neighbour.domain_uuid).encode(), 1)
    assert figures(await posting.told("calls", named)) == (0, 0, 0, 0, 1)


async def test_another_method_is_told_which_is_taken(posting: Posting) -> None:
    response = await posting.client.get("/ingest/calls")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json() == {"error": "This address takes POST only."}


async def test_a_sender_that_leaves_in_the_middle_writes_nothing(posting: Posting) -> None:
    messages: list[dict[str, object]] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": line(1) * 100, "more_body": True},
    ]
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return messages.pop()

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    transport = posting.client._transport
    await transport.app(  # type: ignore[attr-defined]
        {
            "type": "http",
            "method": "POST",
            "path": "/ingest/calls",
            "query_string": b"",
            "headers": [
                (b"authorization", f"Bearer {posting.token}".encode()),
                (b"content-type", b"application/x-ndjson"),
            ],
        },
        receive,
        send,
    )
    assert sent[0]["status"] == 400
    assert not await posting.office.stored_calls()
    assert len(await posting.office.rows("import_batches")) == 1  # the directory's


async def test_a_database_that_is_gone_is_503(posting: Posting) -> None:
    async with posting.office.place.owner() as owner:
        await owner.execute("alter table calls rename to elsewhere")
        response = await posting.post("calls", line(1))
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        await owner.execute("alter table elsewhere rename to calls")
    assert figures(await posting.told("calls", line(1))) == (1, 0, 0, 0, 0)


async def test_imports_that_wait_too_long_are_told_to_come_again(posting: Posting) -> None:
    """Reports keep their connections while imports queue for the domain's row."""
    async with posting.office.place.owner() as owner, owner.transaction():
        await owner.execute("select from domains for update")
        posts = [asyncio.create_task(posting.post("calls", line(n))) for n in range(12)]
        done, _ = await asyncio.wait(posts, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        ready = await posting.client.get("/health/ready")
        assert ready.status_code == 200
        assert {task.result().status_code for task in done} == {503}
        assert all(task.result().headers["retry-after"] for task in done)
    statuses = [response.status_code for response in await asyncio.gather(*posts)]
    assert statuses.count(200) == 5
    assert len(await posting.office.stored_calls()) == 5


async def test_the_same_body_at_once_counts_once(posting: Posting) -> None:
    body = b"".join(line(name) for name in range(20))
    answers = await asyncio.gather(*(posting.told("calls", body) for _ in range(4)))
    assert sum(answer["new"] for answer in answers) == 20
    assert sum(answer["unchanged"] for answer in answers) == 60
    assert len(await posting.office.stored_calls()) == 20


async def test_neither_a_slow_sender_nor_a_locked_domain_is_waited_for_long(office: Office) -> None:
    async def slow() -> AsyncIterator[bytes]:
        while True:
            yield line(1)
            await asyncio.sleep(0.1)

    async with (
        posting_to(office, request_timeout=1) as posting,
        office.place.owner() as owner,
        owner.transaction(),
    ):
        await owner.execute("select from domains for update")
        for body in (slow(), line(1)):
            status, told = await posting.refused("calls", body)
            assert (status, told[:32]) == (504, "The import took too long and was")
    assert not await office.stored_calls()
