"""Databases as an earlier release left them, with a domain's records in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.period import zone
from gateway.store.embedded import SERVICE
from gateway.store.migrate import Migration, migrate, migrations
from gateway.store.rollups import ROLLUPS, Rollups
from tests.conftest import TestDatabase
from tests.world import HANOI, World, _insert

START = datetime(2026, 3, 6, 20, 50, tzinfo=UTC)
BEFORE_CALLS = 2


@contextmanager
def release_at(version: int) -> Iterator[None]:
    """The code of a release that knows the migrations up to that one."""
    all_of_them = migrations()
    with pytest.MonkeyPatch.context() as patch:
        earlier = [each for each in all_of_them if each.version <= version]
        patch.setattr("gateway.store.migrate.migrations", lambda: earlier)
        yield


async def left_at(database: TestDatabase, version: int) -> list[Migration]:
    """Migrate an empty database up to there."""
    with release_at(version):
        return await migrate(database.owner_url, SERVICE)


def worlds() -> list[World]:
    """Two domains in different zones, with calls and activities over several days."""
    found = []
    for name, time_zone in (("east", HANOI), ("west", "America/New_York")):
        world = World(name=name, time_zone=time_zone)
        users = [world.user(f"{name}{n}", extensions=[f"10{n}"]) for n in range(3)]
        for number in range(60):
            world.call(
                START + number * timedelta(minutes=53),
                users[number % 3] if number % 4 else None,
                direction=("inbound", "outbound", "local")[number % 3],
                status=("answered", "busy_line", "cancel")[number % 3],
            )
            world.activity(
                users[number % 3], "pause", START + number * timedelta(minutes=53), number
            )
        found.append(world)
    return found


async def filled(connection: Any, world: World) -> None:
    """Store what the tables of that time can hold, with the rollups of that time."""
    names = {"domain_uuid": world.domain_uuid, "domain_name": world.name}
    await _insert(connection, "domain_names", [names])
    await _insert(connection, "domains", [{**names, "time_zone": world.time_zone}])
    for table in ("users", "extensions", "calls", "agent_activities"):
        if await there(connection, table):
            await _insert(connection, table, world.rows[table])
    async with connection.transaction():
        rollups = Rollups(connection, world.domain_uuid, zone(world.time_zone))
        for rollup in ROLLUPS:
            if await there(connection, rollup.table):
                sums = tuple([table for table in rollup.sums if await there(connection, table)])
                await rollups.rebuild(rollup._replace(sums=sums))


async def there(connection: Any, table: str) -> bool:
    found: bool = await connection.fetchval("select to_regclass($1) is not null", table)
    return found
