"""Nobody waits for nothing: when the time is up or the client left, PostgreSQL stops within 1 s."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import TestDatabase
from tests.process import serving
from tests.walls.conftest import token_of
from tests.walls.firm import ASKERS, REST_DAY, firm

LIMIT = 1.0
GRACE = 1.0
QUERY = "{ domain { callStats { totalCall } } }"
RUNNING = """
    select count(*)
    from pg_stat_activity
    where datname = current_database() and application_name = 'call-statistics-gateway'
        and state <> 'idle'
"""


class Asking:
    """A request of each face, against a table that nobody can read."""

    def __init__(self, http: httpx.AsyncClient, owner: Any) -> None:
        self.http = http
        self.owner = owner

    async def ask(self, face: str) -> httpx.Response:
        if face == "REST":
            return await self.http.get("/v2/report/extension/summary/day", params=REST_DAY)
        return await self.http.post("/graphql", json={"query": QUERY})

    async def running(self) -> int:
        found: int = await self.owner.fetchval(RUNNING)
        return found

    async def until_running(self, count: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        while await self.running() != count:
            assert time.monotonic() < end, f"{await self.running()} statements run"
            await asyncio.sleep(0.02)


@asynccontextmanager
async def asking(database: TestDatabase, tmp_path: Path, **settings: str) -> AsyncIterator[Asking]:
    found = firm("Aurora")
    async with database.owner() as owner, database.owner() as watching:
        await found.store(owner)
        async with database.opened() as opened:
            token = await token_of(opened, found.domain_uuid, ASKERS["admin"])
        with serving(
            tmp_path / "data", GATEWAY_DATABASE_URL=database.service_url, **settings
        ) as served:
            async with (
                httpx.AsyncClient(
                    base_url=served.address,
                    headers={"authorization": f"Bearer {token}"},
                    timeout=30,
                ) as http,
                owner.transaction(),
            ):
                await owner.execute(
                    "lock table calls, call_days, call_user_days in access exclusive mode"
                )
                yield Asking(http, watching)


@pytest.mark.parametrize("face", ["GraphQL", "REST"])
async def test_when_the_time_is_up_the_statement_ends(
    database: TestDatabase, tmp_path: Path, face: str
) -> None:
    async with asking(database, tmp_path, GATEWAY_REQUEST_TIMEOUT=str(LIMIT)) as asked:
        started = time.monotonic()
        response = await asked.ask(face)
        assert response.status_code == 504
        assert LIMIT <= time.monotonic() - started < LIMIT + GRACE
        await asked.until_running(0, GRACE)


@pytest.mark.parametrize("face", ["GraphQL", "REST"])
async def test_when_the_client_leaves_the_statement_ends(
    database: TestDatabase, tmp_path: Path, face: str
) -> None:
    async with asking(database, tmp_path) as asked:
        waiting = asyncio.create_task(asked.ask(face))
        await asked.until_running(1, 10)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asked.until_running(0, GRACE)


@pytest.mark.parametrize("face", ["GraphQL", "REST"])
async def test_without_a_free_connection_the_client_learns_when_to_come_back(
    database: TestDatabase, tmp_path: Path, face: str
) -> None:
    limits = {"GATEWAY_POOL_SIZE": "1", "GATEWAY_POOL_TIMEOUT": "0.5"}
    async with asking(database, tmp_path, **limits) as asked:
        waiting = asyncio.create_task(asked.ask("GraphQL"))
        await asked.until_running(1, 10)
        started = time.monotonic()
        response = await asked.ask(face)
        assert time.monotonic() - started < 0.5 + GRACE
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) >= 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
