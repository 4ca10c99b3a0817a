"""A database for all laws, and an event loop that outlives an example."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import pytest

import tests.profiles  # noqa: F401  # how many examples are tried
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role, Viewer
from tests.conftest import TEMPLATE, Server, TestDatabase
from tests.world import World

Answer = TypeVar("Answer")


class Bench:
    """Where domains are put and read: each example is one more domain of the same database."""

    def __init__(
        self,
        runner: asyncio.Runner,
        place: TestDatabase,
        database: Database,
        owner: "asyncpg.Connection[asyncpg.Record]",
    ) -> None:
        self._runner = runner
        self.place = place
        self.database = database
        self.owner = owner

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self._runner.run(work)

    async def put(self, world: World) -> None:
        async with self.owner.transaction():
            await world.store(self.owner)

    @asynccontextmanager
    async def snapshot(self, world: World, now: datetime) -> AsyncIterator[Snapshot]:
        async with self.database.snapshot(world.domain_uuid, now) as snapshot:
            snapshot.viewer = Viewer(world.domain_uuid, Role.ADMIN, world.domain_uuid, "laws")
            yield snapshot


@pytest.fixture(scope="package")
def bench(server: Server) -> Iterator[Bench]:
    name = f"laws_{uuid4().hex}"
    place = TestDatabase(server.embedded, name)
    with asyncio.Runner() as runner:
        runner.run(server.statement(f"create database {name} template {TEMPLATE}"))
        database = Database(lambda: place.service_url, place.settings())
        runner.run(database.__aenter__())
        owner = runner.run(asyncpg.connect(place.owner_url))
        yield Bench(runner, place, database, owner)
        runner.run(owner.close())
        runner.run(database.__aexit__())
        runner.run(server.statement(f"drop database {name} with (force)"))
