"""From every state that a database can have been left in, the rest of the migrations is right."""

import pytest

from gateway.store.embedded import SERVICE
from gateway.store.migrate import migrate, migrations
from gateway.store.writes import locked
from tests.conftest import TestDatabase
from tests.store.test_migrate import fresh
from tests.upgrades.older import filled, left_at, there, worlds

__all__ = ["fresh"]

LAST = migrations()[-1].version
# The rest as an independent count over the records: nothing of the product's own counting.
COUNTED = {
    "call_days": (
        "select coalesce(sum(total_call), 0), coalesce(sum(total_billsec), 0) from call_days",
        "select count(*), coalesce(sum(billsec), 0) from calls",
    ),
    "call_user_days": (
        "select coalesce(sum(total_call), 0), coalesce(sum(total_inbound), 0) from call_user_days",
        "select count(*), count(*) filter (where direction = 'inbound') from calls",
    ),
    "call_quarters": (
        "select coalesce(sum(total_call), 0), coalesce(sum(total_billsec), 0) from call_quarters",
        "select count(*), coalesce(sum(billsec), 0) from calls",
    ),
    "agent_days": (
        "select coalesce(sum(whole_pause_sec), 0) from agent_days",
        "select coalesce(sum(seconds), 0) from agent_activities where state = 'pause'",
    ),
}


@pytest.mark.parametrize("version", range(1, LAST + 1))
async def test_what_an_earlier_release_left(fresh: TestDatabase, version: int) -> None:
    await left_at(fresh, version)
    stored = worlds()
    async with fresh.owner() as owner:
        had_calls = await there(owner, "calls")
        for world in stored:
            await filled(owner, world)
        applied = await migrate(fresh.owner_url, SERVICE)
        assert [migration.version for migration in applied] == list(range(version + 1, LAST + 1))
        for table, (rolled, counted) in COUNTED.items():
            assert await owner.fetchrow(rolled) == await owner.fetchrow(counted), table
        if had_calls:
            assert await owner.fetchval("select sum(total_call) from call_days") == 120
    async with fresh.opened() as database:
        for world in stored:
            async with locked(database, world.domain_uuid) as writer:
                assert await writer.differences() == []


async def test_books_of_before_there_were_such_notes(fresh: TestDatabase) -> None:
    await left_at(fresh, LAST)
    async with fresh.owner() as owner:
        await owner.execute("alter table schema_migrations drop column stops_writers")
        assert await migrate(fresh.owner_url, SERVICE) == []
        assert await owner.fetchval("select bool_or(stops_writers) from schema_migrations") is False
