"""Servers of a test's own: a standby takes over, one stands still, one takes a login no more."""

import asyncio
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import TestDatabase
from tests.faults.conftest import Placing, free_port
from tests.faults.crowd import BATCH, written
from tests.faults.servers import Server, address, ended
from tests.faults.test_database import IMPATIENT, settled

STANDBY = "--write-recovery-conf"
# What is acknowledged is there after a failover, for the standby has it.
SAFE = "alter system set synchronous_standby_names = '*'"
OURS = "select count(*) from pg_stat_activity where application_name = 'call-statistics-gateway'"
TERMINATED = OURS.replace("count(*)", "count(pg_terminate_backend(pid))")

Two = tuple[Server, Server]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks at processes through /proc"
)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    found = Server(tmp_path, free_port()), Server(tmp_path, free_port())
    with ended(found):
        yield found


async def streaming(primary: Server, standby: Server, source: str) -> None:
    primary.copy(source)
    primary.start()
    await primary.wait()
    standby.copy(primary.url(), STANDBY)
    standby.start()
    await standby.wait()
    await primary.ask(SAFE)
    await primary.ask("select pg_reload_conf()")


async def test_a_standby_that_is_promoted(
    placing: Placing, two: Two, database: TestDatabase
) -> None:
    """The address names it first; which of the two takes writes is found all the same."""
    standby, primary = two
    url = address(two, database.name, target_session_attrs="read-write")

    async def before() -> None:
        await streaming(primary, standby, database.owner_url)

    async with placing(url=url, before=before, **IMPATIENT) as place:
        assert await standby.ask(OURS) == 0
        async with place.crowd.busy(writers=2) as tally:
            await asyncio.sleep(0.7)
            struck = time.monotonic()
            primary.kill()
            await place.until_ready(503)
            assert await place.live() == 200
            await standby.ask("select pg_promote()")
            promoted = time.monotonic()
            await place.until_ready()
            await asyncio.sleep(2)
        tally.say(tally.whole_again(promoted))
        tally.check("busy")
        assert tally.counts(struck)["busy"] > 0
        assert tally.whole_again(promoted) < 2, tally.counts()
        assert tally.counts(promoted)["right"] > 10
        await settled(place)
    found = await written(standby.url(database.name))
    assert set(tally.acknowledged) <= set(found)
    assert set(found.values()) == {BATCH}


async def test_a_server_that_stands_still(
    placing: Placing, two: Two, database: TestDatabase
) -> None:
    """The kernel goes on taking its connections; nothing ever comes back."""
    stopped, _ = two

    async def before() -> None:
        stopped.copy(database.owner_url)
        stopped.start()
        await stopped.wait()

    patience = {**IMPATIENT, "GATEWAY_REQUEST_TIMEOUT": "3"}
    url = address((stopped,), database.name)
    async with placing(url=url, before=before, **patience) as place:
        async with place.crowd.busy(writers=1) as tally:
            await asyncio.sleep(0.5)
            struck = time.monotonic()
            stopped.order(signal.SIGSTOP)
            await place.until_ready(503)
            await tally.known(struck, 5)
            assert await place.live() == 200
            went_on = time.monotonic()
            stopped.order(signal.SIGCONT)
            await place.until_ready()
            await asyncio.sleep(1.5)
        tally.say(tally.whole_again(went_on))
        tally.check("busy", "late")
        assert max(end.took for end in tally.ends) < 3 + 1.5
        assert tally.whole_again(went_on) < 1.5, tally.counts()
        assert tally.counts(went_on)["right"] > 10
        await settled(place)
    assert set((await written(stopped.url(database.name))).values()) == {BATCH}


async def test_a_password_that_is_not_taken_any_more(
    placing: Placing, two: Two, database: TestDatabase
) -> None:
    server, _ = two
    login = f"login_{database.name}"

    async def before() -> None:
        server.copy(database.owner_url)
        server.accept("host all gateway_owner all trust", "host all all all scram-sha-256")
        server.start()
        await server.wait()
        await server.ask(f"create role {login} login password 'right' in role gateway_service")

    async def changed(password: str) -> None:
        await server.ask(f"alter role {login} password '{password}'")
        await server.ask(TERMINATED)

    url = address((server,), database.name, f"{login}:right")
    async with placing(url=url, before=before) as place:
        await changed("another")
        await place.until_ready(503)
        async with place.crowd.busy() as tally:
            await asyncio.sleep(1)
            assert await place.live() == 200
        assert set(tally.counts()) == {"busy"}
        await changed("right")
        back = time.monotonic()
        async with place.crowd.busy() as tally:
            await place.until_ready()
            await asyncio.sleep(1)
        tally.say(tally.whole_again(back))
        tally.check("busy")
        assert tally.whole_again(back) < 2
        await settled(place)
