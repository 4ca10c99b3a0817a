"""The application on a port of this process, with a clock to move and a hub to look into."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx

from gateway.app import create_app
from gateway.cli.serving import _config, _Server, listening
from gateway.ingest.imports import import_calls
from gateway.ingest.records import CallRecord
from gateway.live.hub import Hub
from gateway.store.database import Database
from tests.conftest import TestDatabase
from tests.live.conftest import PATIENCE
from tests.walls.conftest import token_of
from tests.walls.firm import ASKERS, NOON, Firm


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Hosted(NamedTuple):
    address: str
    hub: Hub
    clock: Clock
    opened: Database
    database: TestDatabase

    async def token(self, of: Firm, asker: str) -> str:
        return await token_of(self.opened, of.domain_uuid, ASKERS[asker])

    async def write(self, of: Firm, name: str, started_at: datetime = NOON, **said: Any) -> None:
        """One more call, of 1 s, by an."""
        record = CallRecord(
            **{
                "source": "test",
                "source_key": name,
                "started_at": started_at,
                "direction": "outbound",
                "status": "busy",
                "duration": 1,
                "billsec": 0,
                "extension": "1001",
                **said,
            }
        )
        counts = await import_calls(self.opened, of.domain_uuid, [record], "test", NOON)
        assert counts.rejected == 0

    async def execute(self, of: Firm, text: str, *arguments: Any) -> None:
        """A change of the directory, as another program writes it."""
        async with self.database.owner() as owner, owner.transaction():
            await owner.execute(text, of.domain_uuid, *arguments)
            raised = "update domains set data_version = data_version + 1 where domain_uuid = $1"
            await owner.execute(raised, of.domain_uuid)

    async def ask(self, token: str, query: str, **variables: Any) -> Any:
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=self.address, headers=headers) as http:
            body = {"query": query, "variables": variables}
            answer = (await http.post("/graphql", json=body)).json()
        assert "errors" not in answer, answer
        return answer["data"]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.01)


@asynccontextmanager
async def hosted(database: TestDatabase, *firms: Firm, **changes: Any) -> AsyncIterator[Hosted]:
    settings = database.settings(**{"port": 0, "rate_limit": 0, **changes})
    clock = Clock(NOON + timedelta(hours=3))
    app = create_app(settings, clock)
    async with database.owner() as owner:
        for each in firms:
            await each.store(owner)
    with listening(settings) as listener:
        server = _Server(_config(settings, app), lambda: None)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        host, port = listener.getsockname()
        try:
            async with database.opened() as opened:
                address = f"http://{host}:{port}"
                yield Hosted(address, app.state.hub, clock, opened, database)
        finally:
            server.should_exit = True
            await serving
