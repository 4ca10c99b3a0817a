"""Other programs: a writer of its own, and a client of its own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from gql import Client, GraphQLRequest
from gql.transport.websockets import WebsocketsTransport

from tests.conftest import Server
from tests.graphql.served import Served, served
from tests.live.conftest import PATIENCE, Socket, streamed
from tests.process import gateway

TOTAL = """subscription Total { domain {
    callStats(period: {days: {from: "2026-03-10", to: "2026-03-10"}}) { totalCall } } }"""


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Iterator[Served]:
    """One to write into."""
    with served(server, tmp_path) as found:
        yield found


async def write(place: Served, directory: Path, name: str) -> None:
    file = directory / "calls.csv"
    file.write_text(
        "source,source_key,started_at,direction,status,duration,billsec,extension\n"
        f"test,{name},2026-03-10T02:00:00Z,outbound,busy,1,0,1001\n"
    )
    arguments = ("import", "calls", str(file), "--domain", "example")
    url = {"GATEWAY_DATABASE_URL": place.database.service_url}
    done = await asyncio.to_thread(gateway, directory / "unused", *arguments, **url)
    assert done.returncode == 0, done.stderr


async def test_what_another_process_writes_is_told(
    place: Served, socket: Socket, tmp_path: Path
) -> None:
    await socket.init(place.token)
    await socket.subscribe("a", TOTAL)
    async with streamed(place.address, TOTAL, place.headers) as events:
        before = await events.data()
        assert await socket.data("a") == before
        await write(place, tmp_path, "1")
        after = await events.data()
        assert await socket.data("a") == after
    totals = [each["domain"]["callStats"]["totalCall"] for each in (before, after)]
    assert totals[1] == totals[0] + 1


async def test_gql_subscribes_and_asks(place: Served, tmp_path: Path) -> None:
    transport = WebsocketsTransport(
        place.address.replace("http", "ws") + "/graphql",
        init_payload={"Authorization": f"Bearer {place.token}"},
    )
    async with asyncio.timeout(PATIENCE), Client(transport=transport) as session:
        totals = []
        async for told in session.subscribe(GraphQLRequest(TOTAL)):
            totals.append(told["domain"]["callStats"]["totalCall"])
            if len(totals) == 2:
                break
            await write(place, tmp_path, "gql")
        assert totals[1] == totals[0] + 1
        asked = await session.execute(GraphQLRequest(TOTAL.replace("subscription", "query")))
        assert asked["domain"]["callStats"]["totalCall"] == totals[1]
