"""PostgreSQL ends and starts again under open streams: they stay open, and no change is lost."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
import websockets

from gateway.settings import Settings
from gateway.store import keeper
from gateway.store.database import Database
from gateway.store.embedded import OWNER, SERVICE, Embedded
from tests.live.conftest import PATIENCE, opened, streamed
from tests.process import Serving, gateway, serving
from tests.walls.conftest import token_of
from tests.walls.firm import ASKERS, NOON, firm

TOTAL = """subscription { domain { dataVersion
    callStats(period: {days: {from: "2026-03-10", to: "2026-03-10"}}) { totalCall } } }"""


class Place(NamedTuple):
    served: Serving
    data_dir: Path
    token: str

    async def write(self, name: str) -> None:
        """By another process, which waits for PostgreSQL too."""
        file = self.data_dir.parent / f"{name}.csv"
        file.write_text(
            "source,source_key,started_at,direction,status,duration,billsec,extension\n"
            f"test,{name},{NOON.isoformat()},outbound,busy,1,0,1001\n"
        )
        arguments = ("import", "calls", str(file), "--domain", "Aurora")
        async with asyncio.timeout(PATIENCE):
            while (await asyncio.to_thread(gateway, self.data_dir, *arguments)).returncode:
                pass

    def end_postgresql(self, how: int) -> None:
        pid = keeper.noted_pid(self.data_dir / "postgresql")
        assert pid is not None
        os.kill(pid, how)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    data_dir, aurora = tmp_path / "data", firm("Aurora")

    async def stored() -> str:
        async with Embedded(data_dir) as embedded:
            owner = await asyncpg.connect(embedded.url(OWNER))
            await aurora.store(owner)
            await owner.close()
            async with Database(lambda: embedded.url(SERVICE), Settings()) as database:
                return await token_of(database, aurora.domain_uuid, ASKERS["boss"])

    with serving(data_dir) as served:
        yield Place(served, data_dir, asyncio.run(stored()))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_no_update_is_lost(place: Place, how: int) -> None:
    token = place.token
    headers = {"authorization": f"Bearer {token}"}
    async with (
        opened(place.served.address) as socket,
        streamed(place.served.address, TOTAL, headers) as events,
    ):
        await socket.init(token)
        await socket.subscribe("a", TOTAL)
        first = await socket.data("a")
        assert await events.data() == first
        for number in range(2):
            place.end_postgresql(how)
            await place.write(str(number))
            for data in (await socket.data("a"), await events.data()):
                assert count(data) == count(first) + number + 1
        # A query says the same, and nothing more was told.
        async with httpx.AsyncClient(base_url=place.served.address, headers=headers) as http:
            asked = await http.post("/graphql", json={"query": TOTAL.replace("subscription", "")})
        assert asked.json()["data"]["domain"]["callStats"]["totalCall"] == count(first) + 2
        await socket.send("ping")
        assert await socket.receive() == {"type": "pong"}
    async with opened(place.served.address) as socket:
        # Who comes back has the whole state again.
        await socket.init(token)
        await socket.subscribe("a", TOTAL)
        assert count(await socket.data("a")) == count(first) + 2


def count(data: Any) -> int:
    found: int = data["domain"]["callStats"]["totalCall"]
    return found


async def test_who_comes_while_it_is_away_waits_or_is_told_to_come_again(place: Place) -> None:
    token = place.token
    async with opened(place.served.address) as socket:
        await socket.init(token)
        place.end_postgresql(signal.SIGKILL)
        await socket.subscribe("a", TOTAL)
        assert (await socket.data("a"))["domain"]["dataVersion"] == 0
        place.end_postgresql(signal.SIGKILL)
        async with opened(place.served.address) as late, asyncio.timeout(PATIENCE):
            await late.send("connection_init", payload={"Authorization": f"Bearer {token}"})
            # Either it was there again already, or a client is told to try again.
            try:
                assert await late.receive() == {"type": "connection_ack"}
            except websockets.ConnectionClosed:
                assert late.connection.close_code == 1013
