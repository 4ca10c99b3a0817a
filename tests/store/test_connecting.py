"""Which hosts an address names, and how connecting goes on when it fails."""

import asyncio
import contextlib
import socket
from uuid import uuid4

import asyncpg
import pytest

from gateway.errors import InternalError
from gateway.settings import Settings
from gateway.store.connecting import LONGEST_PAUSE, Dialer, first_of, hosts
from gateway.store.database import Database
from tests.conftest import TestDatabase

NAME = "postgresql://u:p%2C@"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{NAME}h/db", [f"{NAME}h/db"]),
        ("postgresql:///db", ["postgresql:///db"]),
        (f"{NAME}/db?host=/a/b&port=1", [f"{NAME}/db?host=/a/b&port=1"]),
        (f"{NAME}h:1,i:2/db?x=y", [f"{NAME}h:1/db?x=y", f"{NAME}i:2/db?x=y"]),
        (f"{NAME}[::1]:1,[::2]/db", [f"{NAME}[::1]:1/db", f"{NAME}[::2]/db"]),
        (f"{NAME}/db?host=h,i&port=1", [f"{NAME}/db?host=h&port=1", f"{NAME}/db?host=i&port=1"]),
        (
            f"{NAME}h,i/db?target_session_attrs=prefer-standby",
            [f"{NAME}h,i/db?target_session_attrs=prefer-standby"],
        ),
    ],
)
def test_the_hosts_of_an_address(address: str, expected: list[str]) -> None:
    assert hosts(address) == expected


def test_an_address_may_name_several_hosts() -> None:
    address = "postgresql://u@a:1,b:2/db"
    found = Settings(database_url=address).database_url
    assert found is not None
    assert found.get_secret_value() == address
    with pytest.raises(ValueError, match="no address"):
        Settings(database_url="postgresql://u@a:1,b:two/db")


async def test_a_host_that_says_nothing_leaves_time_for_the_next(database: TestDatabase) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        gone = f"postgresql://u@127.0.0.1:{port}/db"
        address, connection = await first_of([gone, database.service_url], 1)
    assert address == database.service_url
    assert await connection.fetchval("show client_connection_check_interval") == "1s"
    connection.terminate()


async def test_attempts_are_few_and_become_fewer() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dialer = Dialer(lambda: f"postgresql://u@127.0.0.1:{nobody.getsockname()[1]}/db", 3)
        told, tried = 0, 0
        end = asyncio.get_running_loop().time() + 3 * LONGEST_PAUSE
        while asyncio.get_running_loop().time() < end:
            before = dialer._failures
            with pytest.raises((OSError, asyncpg.PostgresError)):
                await dialer.connect()
            told += 1
            tried += dialer._failures - before
            await asyncio.sleep(0.005)
    assert dialer.failing
    assert 5 <= tried <= 14
    assert told > 3 * tried


async def test_after_a_silence_whom_the_server_does_nothing_for_is_parted_from(
    database: TestDatabase,
) -> None:
    dialer = Dialer(lambda: database.service_url, 3)
    working, idle, begun = [await dialer.connect() for _ in range(3)]
    await begun.execute("begin")
    work = asyncio.create_task(working.fetchval("select 1 from pg_sleep(0.5)"))
    await asyncio.sleep(0.1)
    others = [await dialer.connect()]
    assert not any(each.is_closed() for each in (working, idle, begun))
    dialer.silent()
    others.append(await dialer.connect())
    assert [each.is_closed() for each in (working, idle, begun)] == [False, True, True]
    assert await work == 1
    for each in (working, *others):
        each.terminate()


async def test_who_may_not_see_what_the_server_does_parts_from_nobody(
    database: TestDatabase,
) -> None:
    async with database.owner() as owner:
        await owner.execute("revoke select on pg_stat_activity from public")
    dialer = Dialer(lambda: database.service_url, 3)
    first = await dialer.connect()
    dialer.silent()
    second = await dialer.connect()
    assert not dialer.failing
    for each in (first, second):
        assert await each.fetchval("select 1") == 1
        each.terminate()


async def test_a_commit_that_became_a_rollback_is_no_success(database: TestDatabase) -> None:
    async with database.opened() as opened:
        with pytest.raises(InternalError):
            await swallowing(opened)
        # The connection is good for the next.
        async with opened.writing(uuid4()) as connection:
            assert await connection.fetchval("select 1") == 1


async def swallowing(opened: Database) -> None:
    async with opened.writing(uuid4()) as connection:
        with contextlib.suppress(asyncpg.DivisionByZeroError):
            await connection.execute("select 1 / 0")
