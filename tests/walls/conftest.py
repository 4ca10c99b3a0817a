"""The firm, served; its askers and their tokens."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.app import create_app
from gateway.store import tokens
from gateway.store.database import Database
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, Client
from tests.walls.firm import ASKERS, Asker, Firm, firm


async def token_of(opened: Database, domain_uuid: UUID, asker: Asker) -> str:
    name = f"{asker.role} {asker.user}"
    return await tokens.create(opened, domain_uuid, asker.role, name, NOW, None, asker.user)


class Place:
    """A served database with one firm, and whatever else a test puts there."""

    def __init__(self, database: TestDatabase, opened: Database, http: httpx.AsyncClient) -> None:
        self.database = database
        self.opened = opened
        self.http = http

    async def store(self, *firms: Firm) -> None:
        async with self.database.owner() as owner:
            for each in firms:
                await each.store(owner)

    async def execute(self, text: str, *arguments: Any) -> None:
        async with self.database.owner() as owner:
            await owner.execute(text, *arguments)

    async def token(self, of: Firm, asker: str) -> str:
        return await token_of(self.opened, of.domain_uuid, ASKERS[asker])

    async def client(
        self, of: Firm, asker: str, headers: Mapping[str, str] | None = None
    ) -> Client:
        """Asks as that one."""
        token = await self.token(of, asker)
        return Client(Asking(self.http, {"authorization": f"Bearer {token}", **(headers or {})}))


class Asking(httpx.AsyncClient):
    """The same application, with headers of its own."""

    def __init__(self, http: httpx.AsyncClient, headers: Mapping[str, str]) -> None:
        super().__init__(
            transport=http._transport, base_url="http://gateway.test", headers=dict(headers)
        )


@asynccontextmanager
async def placed(database: TestDatabase, **settings: Any) -> AsyncIterator[Place]:
    app = create_app(database.settings(**settings), clock=lambda: NOW)
    async with (
        app.router.lifespan_context(app),
        database.opened() as opened,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://gateway.test"
        ) as http,
    ):
        yield Place(database, opened, http)


@pytest.fixture
async def place(database: TestDatabase) -> AsyncIterator[Place]:
    async with placed(database) as found:
        yield found


@pytest.fixture
async def ours(place: Place) -> Firm:
    found = firm()
    await place.store(found)
    return found


def role_of(asker: str) -> Role:
    return ASKERS[asker].in_effect
