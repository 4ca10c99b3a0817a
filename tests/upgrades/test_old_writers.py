"""Servers of the previous release beside a database that was migrated: they read, and write only
what is right.
"""

import asyncio
import json
from typing import Any

import pytest

from gateway.errors import OutdatedError
from gateway.store.database import Database
from gateway.store.embedded import SERVICE
from gateway.store.migrate import known, migrate, migrations
from gateway.store.rollups import CALL_DAYS
from gateway.store.writes import locked
from tests.conftest import TestDatabase
from tests.graphql.company import Company, company
from tests.graphql.conftest import Client, client_of, stored
from tests.store.test_migrate import fresh
from tests.upgrades.older import START, filled, left_at, worlds
from tests.world import World

__all__ = ["fresh"]

NEXT = known() + 1
QUARTERS = next(each.version for each in migrations() if each.name == "call_quarters")
INSERT = (
    "insert into calls (domain_uuid, call_uuid, started_at, direction, status, duration, billsec,"
    " batch_uuid) values ($1, $2, $3, $4, $5, $6, $7, $8)"
)
CALL = {
    "source": "t",
    "source_key": "1",
    "started_at": "2026-03-10T09:00:00Z",
    "direction": "inbound",
    "status": "busy_line",
    "duration": 10,
    "billsec": 0,
}


@pytest.fixture
async def example(database: TestDatabase) -> Company:
    found = company()
    await stored(database, found)
    return found


async def later(database: TestDatabase, *, stops_writers: bool) -> None:
    """A migration of a release to come."""
    async with database.owner() as owner:
        await owner.execute(
            "insert into schema_migrations (version, name, stops_writers) values ($1, 'x', $2)",
            NEXT,
            stops_writers,
        )


async def post_call(client: Client) -> Any:
    headers = {"Content-Type": "application/x-ndjson"}
    return await client.http.post("/ingest/calls", content=json.dumps(CALL), headers=headers)


async def test_a_later_rollup_stops_writing_and_nothing_else(
    database: TestDatabase, example: Company
) -> None:
    async with client_of(database, example.domain_uuid) as client:
        await later(database, stops_writers=True)
        refused = await post_call(client)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
        assert "Restart it with the newer" in refused.json()["error"]
        await client.ask("{ domain { name callStats { totalCall } } }")
        assert (await client.http.get("/health/ready")).status_code == 200


async def test_another_later_migration_does_not(database: TestDatabase, example: Company) -> None:
    async with client_of(database, example.domain_uuid) as client:
        await later(database, stops_writers=False)
        assert (await post_call(client)).json()["new"] == 1
        assert (await client.http.get("/health/ready")).status_code == 200


async def test_a_database_that_is_older_is_not_ready(
    database: TestDatabase, example: Company
) -> None:
    async with client_of(database, example.domain_uuid) as client:
        async with database.owner() as owner:
            await owner.execute("delete from schema_migrations where version = $1", known())
        response = await client.http.get("/health/ready")
        assert response.status_code == 503
        assert "gateway db migrate" in response.json()["error"]


async def test_writers_before_and_after_a_migration_that_brings_a_rollup(
    fresh: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is at work when the migration comes: it is waited for, and what it wrote is counted. One
    comes meanwhile: it waits, and must not write then.
    """
    await left_at(fresh, QUARTERS - 1)
    monkeypatch.setattr("gateway.store.writes.known", lambda: QUARTERS - 1)
    (world, _) = worlds()
    late = World(domain_uuid=world.domain_uuid)
    late.call(START)
    async with asyncio.timeout(60), fresh.owner() as owner, fresh.opened() as database:
        await filled(owner, world)
        written, may_commit = asyncio.Event(), asyncio.Event()
        first = asyncio.create_task(_write(database, late, written, may_commit))
        await written.wait()
        migrating = asyncio.create_task(migrate(fresh.owner_url, SERVICE))
        await _until_waiting(owner, 1)
        second = asyncio.create_task(_write(database, late, asyncio.Event(), may_commit))
        await _until_waiting(owner, 2)
        # Reports go on.
        async with database.snapshot(world.domain_uuid, START) as snapshot:
            assert snapshot.domain["name"] == "east"
        assert not migrating.done()
        may_commit.set()
        await first
        assert next(each.version for each in await migrating) == QUARTERS
        with pytest.raises(OutdatedError):
            await second
        assert await owner.fetchval("select sum(total_call) from call_quarters") == 61
    monkeypatch.undo()
    async with fresh.opened() as database, locked(database, world.domain_uuid) as writer:
        assert await writer.differences() == []


async def _write(
    database: Database, world: World, written: asyncio.Event, may_commit: asyncio.Event
) -> None:
    """A transaction of the previous release: it keeps the rollup of days, and knows no other."""
    async with locked(database, world.domain_uuid) as writer:
        await writer._connection.execute(INSERT, *world.rows["calls"][0].values())
        await writer.rollups.rebuild(CALL_DAYS._replace(sums=()))
        written.set()
        await may_commit.wait()


async def _until_waiting(owner: Any, count: int) -> None:
    """Until so many wait for a lock."""
    async with asyncio.timeout(30):
        while True:
            waiting = await owner.fetchval(
                "select count(distinct pid) from pg_locks join pg_database on oid = database"
                " where not granted and datname = current_database()"
            )
            if waiting >= count:
                return
            await asyncio.sleep(0.02)
