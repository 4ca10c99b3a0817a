"""A small domain, and a client that asks the real application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from gateway.app import create_app
from gateway.store import tokens
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.world import World

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


class Client:
    """Asks GraphQL; `ask` expects data without errors."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        return await self.http.post("/graphql", json={"query": query, "variables": variables})

    async def ask(self, query: str, **variables: Any) -> Any:
        response = await self.post(query, **variables)
        body = response.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def errors(self, query: str, **variables: Any) -> Any:
        return (await self.post(query, **variables)).json()["errors"]

    async def error(self, query: str, **variables: Any) -> Any:
        """The only error."""
        (error,) = await self.errors(query, **variables)
        return error


@asynccontextmanager
async def serving(
    database: TestDatabase, now: datetime = NOW, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """The application on the test's database, its clock standing."""
    app = create_app(database.settings(**settings), clock=lambda: now)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://gateway.test"
        ) as http,
    ):
        yield http


async def stored(database: TestDatabase, *worlds: World) -> None:
    async with database.owner() as owner:
        for world in worlds:
            await world.store(owner)


async def admin_token(database: TestDatabase, domain_uuid: UUID, now: datetime = NOW) -> str:
    async with database.opened() as opened:
        return await tokens.create(opened, domain_uuid, Role.ADMIN, "test", now)


@asynccontextmanager
async def client_of(
    database: TestDatabase, domain_uuid: UUID, now: datetime = NOW, **settings: Any
) -> AsyncIterator[Client]:
    token = await admin_token(database, domain_uuid, now)
    async with serving(database, now, **settings) as http:
        http.headers["Authorization"] = f"Bearer {token}"
        yield Client(http)
