"""Few heavy operations run at once; light ones do not wait for them."""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from gateway.store import subjects, tokens
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot
from gateway.store.subjects import Revoked
from gateway.viewer import Role
from tests.auth.signing import P256, payload, signed
from tests.auth.test_faces import JWT
from tests.conftest import TestDatabase
from tests.graphql.company import company
from tests.graphql.conftest import NOW, Client, client_of, stored

HEAVY = "{ users { nodes { username callStats(period: {lastMinutes: %d}) { totalCall } } } }"


async def test_heavy_ones_wait_and_light_ones_do_not(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = company()
    await stored(database, example)
    running = most = 0
    original = Snapshot.rows

    async def rows(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
        nonlocal running, most
        if name != "users_page":
            return await original(self, name, *arguments, **options)
        running += 1
        most = max(most, running)
        try:
            await asyncio.sleep(0.05)
        finally:
            running -= 1
        return await original(self, name, *arguments, **options)

    monkeypatch.setattr(Snapshot, "rows", rows)
    limits: dict[str, Any] = {"heavy_cost": 300, "heavy_at_once": 2, "pool_size": 8}
    async with client_of(database, example.domain_uuid, **limits) as client:
        heavy = [asyncio.create_task(client.post(HEAVY % n)) for n in range(1, 13)]
        await asyncio.sleep(0.02)
        light = await client.ask("{ domain { name } }")
        assert light == {"domain": {"name": "example"}}
        assert not all(task.done() for task in heavy)
        # Who leaves the queue leaves no place behind.
        heavy[5].cancel()
        answers = await asyncio.gather(*heavy, return_exceptions=True)
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 11
        assert most == 2
        assert await client.ask(HEAVY % 99)


ONE_AT_ONCE: dict[str, Any] = {"heavy_cost": 300, "heavy_at_once": 1}
KEPT = "{ users { nodes { username callStats(period: {preset: YESTERDAY}) { totalCall } } } }"
LIVE = """subscription {
  domain { departments { nodes { users { callStats { totalCall } } } } }
}"""


class Gate:
    """Holds whoever reads a page of users while it is shut, and counts snapshots."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._open = asyncio.Event()
        self._held = asyncio.Event()
        self.snapshots = 0
        rows, snapshot = Snapshot.rows, Database.snapshot

        async def held(each: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
            if name == "users_page":
                self._held.set()
                await self._open.wait()
            return await rows(each, name, *arguments, **options)

        def opened(*arguments: Any, **options: Any) -> Any:
            self.snapshots += 1
            return snapshot(*arguments, **options)

        monkeypatch.setattr(Snapshot, "rows", held)
        monkeypatch.setattr(Database, "snapshot", opened)
        self.open()

    def open(self) -> None:
        self._open.set()

    async def shut_behind(self, client: Client) -> "asyncio.Task[Any]":
        """A heavy operation that runs until the gate is opened."""
        self._open.clear()
        self._held.clear()
        running = asyncio.create_task(client.ask(HEAVY % 1))
        await self._held.wait()
        return running


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    found = Gate(monkeypatch)
    yield found
    found.open()


async def test_who_waits_opens_one_snapshot_and_what_is_kept_waits_for_nobody(
    database: TestDatabase, gate: Gate
) -> None:
    example = company()
    await stored(database, example)
    async with client_of(database, example.domain_uuid, **ONE_AT_ONCE) as client:
        kept = await client.ask(KEPT)
        await client.ask(HEAVY % 7)
        running = await gate.shut_behind(client)
        before = gate.snapshots
        waiting = asyncio.create_task(client.ask(HEAVY % 7))
        assert await client.ask(KEPT) == kept
        assert gate.snapshots == before + 1
        assert not waiting.done()
        gate.open()
        await asyncio.gather(running, waiting)
        assert gate.snapshots == before + 2


async def test_a_subscription_begins_at_once(database: TestDatabase, gate: Gate) -> None:
    example = company()
    await stored(database, example)
    async with client_of(database, example.domain_uuid, **ONE_AT_ONCE) as client:
        assert (await client.error(LIVE))["extensions"]["code"] == "NOT_ACCEPTABLE"
        running = await gate.shut_behind(client)
        assert await begun(client, LIVE) == 200
        gate.open()
        await running


async def test_a_token_that_is_not_good_waits_once_at_most(
    database: TestDatabase, gate: Gate
) -> None:
    example = company()
    await stored(database, example)
    async with database.opened() as opened:
        token = await tokens.create(opened, example.domain_uuid, Role.ADMIN, "another", NOW)
    settings: dict[str, Any] = {**ONE_AT_ONCE, **JWT}
    claims = payload(NOW, domain=str(example.domain_uuid), jti="one")
    async with client_of(database, example.domain_uuid, **settings) as client:
        shown = [token, signed(claims, P256, "ES256")]
        asking = [partial(post_as, client, each) for each in shown]
        assert [(await ask()).status_code for ask in asking] == [200, 200]
        running = await gate.shut_behind(client)
        forged = await post_as(client, f"{token[:-4]}AAAA")
        assert forged.status_code == 401
        waiting = [asyncio.create_task(ask()) for ask in asking]
        await asyncio.sleep(0.05)
        assert not any(each.done() for each in waiting)
        async with database.opened() as opened:
            await subjects.revoke(opened, example.domain_uuid, Revoked.TOKEN, "one", NOW)
            await tokens.revoke(opened, example.domain_uuid, "another", NOW)
        gate.open()
        # They were good when they began to wait.
        assert [(await each).status_code for each in waiting] == [401, 401]
        await running
        running = await gate.shut_behind(client)
        assert [(await ask()).status_code for ask in asking] == [401, 401]
        gate.open()
        await running


async def post_as(client: Client, token: str) -> httpx.Response:
    """Ask a heavy question that is never kept."""
    headers = {"Authorization": f"Bearer {token}"}
    return await client.http.post("/graphql", json={"query": HEAVY % 7}, headers=headers)


async def begun(client: Client, subscription: str) -> int:
    """The status of a stream that is left as soon as it begins. Of the application itself: httpx
    gives nothing of an answer before its end.
    """
    request = client.http.build_request("POST", "/graphql", json={"query": subscription})
    request.headers["Accept"] = "text/event-stream"
    scope = {
        "type": "http",
        "method": request.method,
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
    }
    received: asyncio.Queue[Any] = asyncio.Queue()
    received.put_nowait({"type": "http.request", "body": request.content})
    status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            status.set_result(message["status"])

    transport: Any = client.http._transport
    streaming = asyncio.create_task(transport.app(scope, received.get, send))
    async with asyncio.timeout(5):
        found = await status
    streaming.cancel()
    return found
