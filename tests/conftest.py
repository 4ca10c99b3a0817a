"""A real PostgreSQL for the whole run, and a fresh database of a migrated template per test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from gateway import log
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.embedded import OWNER, SERVICE, Embedded
from gateway.store.migrate import migrate

TEMPLATE = "template_gateway"


class Server:
    """The run's PostgreSQL."""

    def __init__(self, embedded: Embedded) -> None:
        self.embedded = embedded

    async def statement(self, text: str) -> None:
        connection = await asyncpg.connect(self.embedded.url(OWNER, "postgres"))
        try:
            await connection.execute(text)
        finally:
            await connection.close()


class TestDatabase:
    """One test's database: addresses for both roles, and settings that name it."""

    __test__ = False

    def __init__(self, embedded: Embedded, name: str) -> None:
        self.name = name
        self.owner_url = embedded.url(OWNER, name)
        self.service_url = embedded.url(SERVICE, name)

    def settings(self, **changes: Any) -> Settings:
        return Settings(database_url=SecretStr(self.service_url), **changes)

    @asynccontextmanager
    async def opened(self, **changes: Any) -> AsyncIterator[Database]:
        async with Database(lambda: self.service_url, self.settings(**changes)) as database:
            yield database

    @asynccontextmanager
    async def owner(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        connection = await asyncpg.connect(self.owner_url)
        try:
            yield connection
        finally:
            await connection.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("data")
    embedded = Embedded(data_dir, "fsync=off", "synchronous_commit=off", "full_page_writes=off")

    async def start() -> Server:
        await embedded.start()
        found = Server(embedded)
        await found.statement(f"create database {TEMPLATE}")
        await migrate(embedded.url(OWNER, TEMPLATE), SERVICE)
        return found

    yield asyncio.run(start())
    asyncio.run(embedded.release())


@pytest.fixture
def database(server: Server) -> Iterator[TestDatabase]:
    name = f"test_{uuid4().hex}"
    asyncio.run(server.statement(f"create database {name} template {TEMPLATE}"))
    yield TestDatabase(server.embedded, name)
    asyncio.run(server.statement(f"drop database {name} with (force)"))


@pytest.fixture(scope="session", autouse=True)
def _log() -> None:
    log.configure(Settings(log_format="json"))


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests and fixtures run on asyncio."""
    return "asyncio"
