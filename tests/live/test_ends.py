"""When a stream ends: its token does, its user does, or its client takes nothing."""

import asyncio
import json
import socket as sockets
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from gateway.graphql import websocket
from gateway.store import subjects, tokens
from gateway.store.subjects import Revoked
from gateway.viewer import Role
from tests.auth.signing import AUDIENCE, ISSUER, P256, payload, pem, signed
from tests.conftest import TestDatabase
from tests.live.conftest import PATIENCE, Events, Socket, opened, streamed
from tests.live.hosting import Hosted, hosted, until
from tests.walls.firm import NOON, Firm, firm

JWT = {"jwt_key": pem(P256), "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_skew": 30}
NAMES = "subscription { domain { users { nodes { username } } } }"
# An answer of some 10 kB that every write changes.
LARGE = """subscription { domain { dataVersion users(first: 20) { nodes { ...U
    groups { name users { ...U leaders { ...U } managers { ...U } } } } } } }
    fragment U on User { id uuid username firstName lastName displayName email level }"""


def jwt(place: Hosted, of: Firm, **claims: Any) -> str:
    said = {"domain": str(of.domain_uuid), "role": "admin", **claims}
    return signed(payload(place.clock.now, **said), P256, "ES256")


async def subscribed(place: Hosted, token: str, socket: Socket, query: str = NAMES) -> Socket:
    await socket.init(token)
    await socket.subscribe("a", query)
    await socket.data("a")
    return socket


async def refusal(events: Events) -> str:
    """The error that is told before the end."""
    kind, body = await events.next()
    while not kind:
        kind, body = await events.next()
    assert await events.next() == ("complete", None)
    (error,) = body["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    message: str = error["message"]
    return message


@pytest.mark.parametrize("kind", ["token", "jwt"])
async def test_an_expired_token(database: TestDatabase, hasty: None, kind: str) -> None:
    aurora = firm("Aurora")
    async with hosted(database, aurora, **JWT) as place, opened(place.address) as socket:
        now = place.clock.now
        if kind == "jwt":
            token, left = jwt(place, aurora, exp=int(now.timestamp()) + 60), 90
        else:
            left = 60
            token = await tokens.create(
                place.opened, aurora.domain_uuid, Role.ADMIN, "t", now, now + timedelta(seconds=60)
            )
        headers = {"authorization": f"Bearer {token}"}
        await subscribed(place, token, socket)
        async with streamed(place.address, NAMES, headers) as events:
            await events.data()
            place.clock.now = now + timedelta(seconds=left - 1)
            looks = place.hub.looks + 2
            await until(lambda: place.hub.looks > looks)
            await socket.send("ping")
            assert await socket.receive() == {"type": "pong"}
            place.clock.now = now + timedelta(seconds=left)
            code, reason = await socket.closed()
            assert (code, "expired" in reason) == (4403, True)
            assert "expired" in await refusal(events)
        await until(lambda: not place.hub._guests)


async def revoke(place: Hosted, of: Firm, what: str) -> None:
    """As another process does."""
    now = place.clock.now
    async with place.database.opened() as other:
        if what == "token":
            assert await tokens.revoke(other, of.domain_uuid, "doomed", now) == 1
        elif what == "jti":
            await subjects.revoke(other, of.domain_uuid, Revoked.TOKEN, "doomed", now)
        elif what == "sub":
            await subjects.revoke(other, of.domain_uuid, Revoked.SUBJECT, "doomed", now)
        elif what == "user":
            text = "update users set removed_at = now() where domain_uuid = $1 and user_uuid = $2"
            await place.execute(of, text, of.uuid("boss"))


@pytest.mark.parametrize("what", ["token", "session", "jti", "sub", "user"])
async def test_a_revoked_token(database: TestDatabase, hasty: None, what: str) -> None:
    aurora = firm("Aurora")
    async with (
        hosted(database, aurora, **JWT) as place,
        opened(place.address) as socket,
        opened(place.address) as idle,
        opened(place.address) as other,
    ):
        now = place.clock.now
        user = "boss" if what == "user" else None
        if what in {"jti", "sub"}:
            token = jwt(place, aurora, **{what: "doomed"})
        else:
            token = await tokens.create(
                place.opened, aurora.domain_uuid, Role.ADMIN, "doomed", now, username=user
            )
        if what == "session":
            session = await tokens.exchange(place.opened, token, now, timedelta(hours=1))
            token = session.token
        await subscribed(place, await place.token(aurora, "admin"), other)
        await subscribed(place, token, socket)
        await idle.init(token)
        async with streamed(place.address, NAMES, {"authorization": f"Bearer {token}"}) as events:
            await events.data()
            looks = place.hub.looks + 2
            await until(lambda: place.hub.looks > looks)
            await revoke(place, aurora, "token" if what == "session" else what)
            if what != "user":
                assert (await socket.closed())[0] == 4403
                assert await refusal(events)
            else:  # who is told of the change may be told before the end
                with pytest.raises(AssertionError, match="next"):
                    await other.closed()
                async with asyncio.timeout(PATIENCE):
                    await socket.connection.wait_closed()
                assert socket.connection.close_code == 4403
        assert (await idle.closed())[0] == 4403
        await other.send("ping")
        assert await other.receive() == {"type": "pong"}


async def test_a_domain_that_has_another_name(database: TestDatabase, hasty: None) -> None:
    """A JWT that names its domain by name is one of whatever has that name."""
    aurora = firm("Aurora")
    async with (
        hosted(database, aurora, **JWT) as place,
        opened(place.address) as socket,
        opened(place.address) as other,
    ):
        await subscribed(place, jwt(place, aurora, domain="Aurora"), socket)
        await subscribed(place, jwt(place, aurora), other)
        await place.execute(aurora, "update domains set domain_name = 'A' where domain_uuid = $1")
        assert (await socket.closed())[0] == 4403
        await other.send("ping")
        assert await other.receive() == {"type": "pong"}


async def test_a_revocation_does_not_wait_for_an_import(database: TestDatabase) -> None:
    aurora, now = firm("Aurora"), NOON
    async with database.owner() as owner, database.opened() as store:
        await aurora.store(owner)
        await tokens.create(store, aurora.domain_uuid, Role.ADMIN, "doomed", now)
        async with owner.transaction():
            locking = "select from domains where domain_uuid = $1 for no key update"
            await owner.execute(locking, aurora.domain_uuid)
            async with asyncio.timeout(PATIENCE):
                assert await tokens.revoke(store, aurora.domain_uuid, "doomed", now) == 1
                subject = (aurora.domain_uuid, Revoked.SUBJECT, "doomed", now)
                await subjects.revoke(store, *subject)


async def test_a_domain_that_is_gone(database: TestDatabase, hasty: None) -> None:
    home, other = firm("Aurora"), firm("Borealis")
    async with (
        hosted(database, home, other) as place,
        opened(place.address) as socket,
        opened(place.address) as visitor,
    ):
        await subscribed(place, await place.token(other, "admin"), socket)
        await visitor.init(await place.token(home, "superadmin"), **{"X-Domain": "Borealis"})
        await visitor.subscribe("a", NAMES)
        await visitor.data("a")
        async with database.owner() as owner, owner.transaction():
            await owner.execute("set local session_replication_role = replica")
            tables = await owner.fetch(
                "select table_name as name from information_schema.columns c"
                " join information_schema.tables t using (table_schema, table_name)"
                " where column_name = 'domain_uuid' and table_schema = 'public'"
                " and table_type = 'BASE TABLE'"
            )
            for row in tables:
                text = f"delete from {row['name']} where domain_uuid = $1"  # noqa: S608
                await owner.execute(text, other.domain_uuid)
        assert (await socket.closed())[0] == 4403
        message = await visitor.receive()
        assert (message["type"], message["id"]) == ("error", "a")


async def test_a_slow_client_gets_the_newest(database: TestDatabase, hasty: None) -> None:
    aurora, writes = firm("Aurora"), 40
    async with hosted(database, aurora) as place, opened(place.address, max_queue=1) as socket:
        await socket.init(await place.token(aurora, "admin"))
        await socket.subscribe("a", LARGE)
        before = (await socket.data("a"))["domain"]["dataVersion"]
        size = len(json.dumps(await place.ask(await place.token(aurora, "admin"),
                                              LARGE.replace("subscription", "query"))))  # fmt: skip
        connection = socket.connection
        connection.transport.get_extra_info("socket").setsockopt(
            sockets.SOL_SOCKET, sockets.SO_RCVBUF, 8192
        )
        connection.transport.pause_reading()
        for number in range(writes):
            await place.write(aurora, str(number))
            version = before + number + 1
            await until(lambda: all(t.version >= version for t in place.hub._topics.values()))  # noqa: B023
        await asyncio.sleep(0.2)
        connection.transport.resume_reading()
        told = [before]
        while told[-1] < before + writes:
            told.append((await socket.data("a"))["domain"]["dataVersion"])
        assert told == sorted(set(told))
        # Some were under way; the others are never sent.
        assert (len(told) - 1) * size < 400_000 < writes * size


async def test_a_client_that_takes_nothing_is_cut(database: TestDatabase, hasty: None) -> None:
    aurora = firm("Aurora")
    patience: dict[str, Any] = {"live_ping": 1, "live_patience": 1}
    async with hosted(database, aurora, **patience) as place, opened(place.address) as socket:
        token = await place.token(aurora, "admin")
        await socket.init(token)
        await socket.subscribe("a", LARGE)
        await socket.data("a")
        socket.connection.transport.pause_reading()
        host, port = place.address.removeprefix("http://").split(":")
        with sockets.socket() as deaf:
            deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
            deaf.connect((host, int(port)))
            body = json.dumps({"query": LARGE})
            deaf.sendall(
                f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
                f"Accept: text/event-stream\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            await until(lambda: sum(place.hub._streams.values()) == 2)
            async with asyncio.timeout(PATIENCE):
                while place.hub._guests:
                    await place.write(aurora, str(uuid4()))
                    await asyncio.sleep(0.05)


async def test_who_slept_is_not_told_to_stay_away(database: TestDatabase, hasty: None) -> None:
    """No code is found on waking: graphql-ws would take uvicorn's 1011 as final."""
    aurora = firm("Aurora")
    patience: dict[str, Any] = {"live_ping": 1, "live_patience": 1}
    async with hosted(database, aurora, **patience) as place, opened(place.address) as socket:
        await socket.init(await place.token(aurora, "admin"))
        socket.connection.transport.pause_reading()
        await until(lambda: not place.hub._guests)
        socket.connection.transport.resume_reading()
        async with asyncio.timeout(PATIENCE):
            await socket.connection.wait_closed()
        assert socket.connection.close_code == 1006


async def test_what_nobody_foresaw_does_not_keep_clients_away(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any) -> None:
        raise RuntimeError

    aurora = firm("Aurora")
    monkeypatch.setattr(websocket.Connection, "_take", failing)
    async with hosted(database, aurora) as place, opened(place.address) as socket:
        await socket.init(await place.token(aurora, "admin"))
        await socket.send("ping")
        code, reason = await socket.closed()
        assert code == 1013
        assert "RuntimeError" not in reason
