"""The gateway as it serves, over a fresh database."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.store import tokens
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.world import roll_up

BATCH = UUID(int=1)
NOON = datetime(2023, 3, 8, 5, tzinfo=UTC)  # noon in Asia/Ho_Chi_Minh


@dataclass
class Serving:
    """A running gateway, the time that it takes for now, and ways to fill its database."""

    app: Starlette
    client: httpx.AsyncClient
    database: TestDatabase
    now: datetime = NOON
    tokens: dict[UUID, str] = field(default_factory=dict)

    async def get(
        self, path: str, domain: UUID, method: str = "GET", **options: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self.token(domain)}"}
        headers |= options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)

    async def data(self, path: str, domain: UUID, query: str = "") -> list[dict[str, Any]]:
        response = await self.get(f"{path}?{query}", domain)
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()["data"]
        return rows

    async def token(self, domain: UUID) -> str:
        if domain not in self.tokens:
            async with self.database.opened() as opened:
                self.tokens[domain] = await tokens.create(
                    opened, domain, Role.ADMIN, "test", self.now
                )
        return self.tokens[domain]

    async def domain(self, name: str, zone: str = "Asia/Ho_Chi_Minh") -> UUID:
        domain_uuid = uuid4()
        await self.insert(
            domain_uuid, "domains", {"domain_name": name, "time_zone": zone, "data_version": 1}
        )
        return domain_uuid

    async def user(self, domain_uuid: UUID, username: str, **columns: Any) -> UUID:
        user_uuid = uuid4()
        empty = dict.fromkeys(("first_name", "middle_name", "last_name", "email"), "")
        row = {"user_uuid": user_uuid, "username": username, "level": "", "add_date": ""} | empty
        await self.insert(domain_uuid, "users", row | columns)
        return user_uuid

    async def extension(
        self, domain_uuid: UUID, number: str, user_uuid: UUID | None, **columns: Any
    ) -> UUID:
        uuid = uuid4()
        row = {"extension_uuid": uuid, "extension": number, "user_uuid": user_uuid}
        await self.insert(domain_uuid, "extensions", row | columns)
        return uuid

    async def team(
        self, domain_uuid: UUID, name: str, users: Iterable[UUID], **columns: Any
    ) -> UUID:
        uuid = uuid4()
        row = {"group_uuid": uuid, "group_name": name, "group_weight": 1, "kind": "team"}
        await self.insert(domain_uuid, "groups", row | columns)
        for user in users:
            member = {"group_uuid": uuid, "user_uuid": user}
            await self.insert(domain_uuid, "group_members", member)
        return uuid

    async def call(self, domain_uuid: UUID, started_at: str, **columns: Any) -> None:
        row = {
            "call_uuid": uuid4(),
            "started_at": started_at,
            "direction": "outbound",
            "status": "answered",
            "duration": 30,
            "billsec": 20,
            "extension": "",
            "batch_uuid": BATCH,
            **dict.fromkeys(
                ("caller_number", "callee_number", "hangup_cause", "source", "source_key"), ""
            ),
        }
        await self.insert(domain_uuid, "calls", row | columns)
        await self.roll_up(domain_uuid)

    async def activity(
        self, domain_uuid: UUID, user: UUID, started_at: str, **columns: Any
    ) -> None:
        row = {
            "activity_uuid": uuid4(),
            "user_uuid": user,
            "state": "pause",
            "started_at": started_at,
            "pause_code": "",
            "batch_uuid": BATCH,
        }
        await self.insert(domain_uuid, "agent_activities", row | columns)
        await self.roll_up(domain_uuid)

    async def roll_up(self, domain_uuid: UUID) -> None:
        async with self.database.owner() as owner:
            zone = await owner.fetchval(
                "select time_zone from domains where domain_uuid = $1", domain_uuid
            )
            await roll_up(owner, domain_uuid, zone)

    async def insert(self, domain_uuid: UUID, table: str, row: Mapping[str, Any]) -> None:
        row = {"domain_uuid": domain_uuid, **row}
        columns = ", ".join(row)
        async with self.database.owner() as connection:
            await connection.execute(
                f"insert into {table} ({columns}) select {columns}"  # noqa: S608
                f" from jsonb_populate_record(null::{table}, $1::text::jsonb)",
                json.dumps(row, default=str),
            )

    async def execute(self, statement: str, *arguments: Any) -> None:
        async with self.database.owner() as connection:
            await connection.execute(statement, *arguments)


@pytest.fixture
async def serving(database: TestDatabase) -> AsyncIterator[Serving]:
    app = create_app(database.settings(), clock=lambda: running.now)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        running = Serving(app, client, database)
        yield running
