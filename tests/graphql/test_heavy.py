"""Few heavy operations run at once; light ones do not wait for them."""

import asyncio
from typing import Any

import pytest

from gateway.store.snapshot import Snapshot
from tests.conftest import TestDatabase
from tests.graphql.company import company
from tests.graphql.conftest import client_of, stored

HEAVY = "{ users { nodes { username callStats(period: {lastMinutes: %d}) { totalCall } } } }"


async def test_heavy_ones_wait_and_light_ones_do_not(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = company()
    await stored(database, example)
    running = most = 0
    original = Snapshot.rows

    async def rows(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
        nonlocal running, most
        if name != "users_page":
            return await original(self, name, *arguments, **options)
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        return await original(self, name, *arguments, **options)

    monkeypatch.setattr(Snapshot, "rows", rows)
    limits: dict[str, Any] = {"heavy_cost": 300, "heavy_at_once": 2, "pool_size": 8}
    async with client_of(database, example.domain_uuid, **limits) as client:
        heavy = [asyncio.create_task(client.post(HEAVY % n)) for n in range(1, 13)]
        await asyncio.sleep(0.02)
        light = await client.ask("{ domain { name } }")
        assert light == {"domain": {"name": "example"}}
        assert not all(task.done() for task in heavy)
        # Who leaves the queue leaves no place behind.
        heavy[5].cancel()
        answers = await asyncio.gather(*heavy, return_exceptions=True)
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 11
        assert most == 2
        assert await client.ask(HEAVY % 99)
