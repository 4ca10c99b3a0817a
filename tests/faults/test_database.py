"""The database fails: whoever asks gets the right answer or a clean 503, and soon all is whole."""

import asyncio
import time

import pytest

from tests.conftest import TestDatabase
from tests.faults.conftest import Place, Placing, through
from tests.faults.crowd import until
from tests.faults.proxy import Proxy

OURS = "application_name = 'call-statistics-gateway' and datname = current_database()"
BACKENDS = f"select count(*) from pg_stat_activity where {OURS}"  # noqa: S608
TERMINATED = f"select count(pg_terminate_backend(pid)) from pg_stat_activity where {OURS}"  # noqa: S608

IMPATIENT = {"GATEWAY_POOL_TIMEOUT": "1"}


async def settled(place: Place) -> None:
    """Whatever went on has ended, and every question has its right answer."""
    for _ in range(20):
        assert await place.crowd.ask() == "right"


async def test_it_serves_before_the_database_does(
    placing: Placing, proxy: Proxy, database: TestDatabase
) -> None:
    proxy.set("refuse")
    urls = {
        "url": through(proxy, database.name),
        "GATEWAY_OWNER_DATABASE_URL": through(proxy, database.name, "gateway_owner"),
    }
    async with placing(known=False, **urls) as place:
        assert await place.live() == 200
        assert await place.ready() == 503
        assert await place.crowd.ask() == "busy"
        proxy.set("pass")
        await place.until_ready()
        await until(place.crowd.served)
        await place.crowd.learn()
        await settled(place)


async def test_who_is_above_row_level_security_does_not_serve_later_either(
    placing: Placing, proxy: Proxy, database: TestDatabase
) -> None:
    proxy.set("refuse")
    url = through(proxy, database.name, "gateway_owner")
    async with placing(known=False, url=url) as place:
        proxy.set("pass")
        await place.until_ready(200)
        await asyncio.sleep(2)
        assert await place.crowd.ask() == "busy"


async def test_all_backends_terminated_under_load(placing: Placing) -> None:
    async with placing() as place, place.crowd.busy() as tally:
        await asyncio.sleep(0.5)
        struck = time.monotonic()
        assert await place.owner.fetchval(TERMINATED) > 0
        await asyncio.sleep(2.5)
    tally.check("busy")
    assert tally.whole_again(struck) < 2
    assert tally.counts(struck + 2)["right"] > 5


async def test_a_database_that_slams_the_door_is_not_stormed(placing: Placing) -> None:
    async with placing() as place:
        place.proxy.set("slam")
        place.proxy.cut()
        await place.until_ready(503)
        assert await place.live() == 200
        with place.proxy.counting() as attempts:
            async with place.crowd.busy(clients=40) as tally:
                await asyncio.sleep(3)
        assert set(tally.counts()) == {"busy"}
        assert len(tally.ends) > 50
        assert 2 <= len(attempts) <= 10
        # Told at once, not after a wait.
        assert sorted(end.took for end in tally.ends)[len(tally.ends) // 2] < 0.5
        back = time.monotonic()
        place.proxy.set("pass")
        async with place.crowd.busy() as tally:
            await place.until_ready()
            await asyncio.sleep(1)
        tally.check("busy")
        assert tally.whole_again(back) < 3
        await settled(place)


async def test_a_network_that_swallows_everything(placing: Placing) -> None:
    """No reset, no end: packets go nowhere, on old connections and on new ones."""
    async with placing(**IMPATIENT) as place:
        async with place.crowd.busy(clients=30) as tally:
            await asyncio.sleep(1)
            lost = time.monotonic()
            place.proxy.set("swallow")
            place.proxy.lose()
            await tally.known(lost, 8)
            assert await place.live() == 200
            assert await place.ready() == 503
            back = time.monotonic()
            place.proxy.set("pass")
            await place.until_ready()
            await asyncio.sleep(1)
        tally.check("busy")
        assert tally.longest("busy") < 12
        assert tally.whole_again(back) < 3
        await settled(place)


@pytest.mark.parametrize("prepared", [True, False])
async def test_an_answer_that_was_lost_in_a_short_silence_is_not_waited_for(
    placing: Placing, prepared: bool
) -> None:
    async with placing(**IMPATIENT) as place:
        if not prepared:
            # On a new connection what waits for the lock is the statement's preparation.
            assert await place.owner.fetchval(TERMINATED) > 0
            await until(place.crowd.served)

        async def works() -> bool:
            return await place.waiting() == 1

        async with place.owner.transaction():
            await place.owner.execute(
                "lock table calls, call_days, call_user_days in access exclusive mode"
            )
            asking = asyncio.create_task(place.crowd.ask_figures())
            await until(works)
            place.proxy.set("swallow")
            place.proxy.lose()
            for _ in range(2):
                assert await place.crowd.ask() == "busy"
        assert not asking.done()
        place.proxy.set("pass")
        await until(place.crowd.served)
        async with asyncio.timeout(1):
            assert await asking == "busy"
        await settled(place)


async def test_a_network_that_dies_under_a_statement(placing: Placing) -> None:
    """The statement cannot be cancelled, for that word is swallowed too: the answer is in time."""
    async with placing(GATEWAY_REQUEST_TIMEOUT="2") as place:
        async with place.owner.transaction():
            await place.owner.execute(
                "lock table calls, call_days, call_user_days in access exclusive mode"
            )
            asking = [asyncio.create_task(place.crowd.ask()) for _ in range(20)]
            await asyncio.sleep(1)
            place.proxy.set("swallow")
            place.proxy.lose()
            await asyncio.gather(*asking)
        place.crowd.tally.check("late", "busy")
        assert place.crowd.tally.longest("late") < 5
        place.proxy.cut()
        place.proxy.set("pass")
        await place.until_ready()
        await settled(place)
        assert await place.owner.fetchval(BACKENDS) <= 11


async def test_a_slow_network_gives_right_answers(placing: Placing) -> None:
    async with placing() as place:
        place.proxy.delay = 0.05
        async with place.crowd.busy(clients=20) as tally:
            await asyncio.sleep(1.5)
        tally.check("busy", "late")
        assert tally.counts()["right"] > 5
        place.proxy.delay = 0
        await settled(place)


async def test_of_two_hosts_the_one_that_takes_writes(
    placing: Placing, proxy: Proxy, database: TestDatabase
) -> None:
    """The first is gone without a word when the gateway starts, and comes back; then the second
    goes.
    """
    with Proxy(proxy.target) as other:
        proxy.set("swallow")
        hosts = f"127.0.0.1:{proxy.port},127.0.0.1:{other.port}"
        url = f"postgresql://gateway_service@{hosts}/{database.name}?sslmode=disable"
        url = f"{url}&target_session_attrs=read-write"
        async with placing(url=url, **IMPATIENT) as place:
            await place.until_ready()
            await settled(place)
            assert other.open > 0
            proxy.set("pass")
            async with place.crowd.busy() as tally:
                await asyncio.sleep(1)
                over = time.monotonic()
                other.set("swallow")
                other.lose()
                await asyncio.sleep(4)
            tally.check("busy")
            assert tally.whole_again(over) < 4
            await settled(place)
            assert proxy.open > 0


async def test_out_of_connections(placing: Placing, database: TestDatabase) -> None:
    async with placing() as place:
        await place.owner.fetchval(TERMINATED)
        # One of them is the owner's here; a superuser is not counted against it.
        await place.owner.execute(f"alter database {database.name} connection limit 3")
        async with place.crowd.busy(clients=30) as tally:
            await asyncio.sleep(1)
        tally.check("busy")
        assert tally.counts()["right"] > 10
        assert await place.live() == 200
        await place.owner.execute(f"alter database {database.name} connection limit -1")
        back = time.monotonic()
        async with place.crowd.busy(clients=30) as tally:
            await asyncio.sleep(2.2)
        assert tally.whole_again(back) < 2


async def test_a_database_that_only_reads(placing: Placing, database: TestDatabase) -> None:
    async with placing() as place:
        only_reads = f"alter database {database.name} set default_transaction_read_only"
        await place.owner.execute(f"{only_reads} = on")
        await place.owner.fetchval(TERMINATED)
        await until(place.crowd.served)
        await settled(place)
        assert await place.crowd.post("refused") == "busy"
        assert await place.ready() == 200
        # As after a failover: what takes writes is found by connecting anew.
        await place.owner.execute("set session characteristics as transaction read write")
        await place.owner.execute(f"{only_reads} = off")

        async def taken() -> bool:
            return await place.crowd.post("taken") == "right"

        await until(taken, 15)
        place.crowd.tally.check("busy")
        assert place.crowd.tally.acknowledged == ["taken"]


async def test_a_login_that_is_refused_for_a_while(
    placing: Placing, proxy: Proxy, database: TestDatabase
) -> None:
    login = f"login_{database.name}"
    async with database.owner() as owner:
        await owner.execute(f"create role {login} login in role gateway_service")
        try:
            async with placing(url=through(proxy, database.name, login)) as place:
                await owner.execute(f"alter role {login} nologin")
                await owner.fetchval(TERMINATED)
                await place.until_ready(503)
                with proxy.counting() as attempts:
                    async with place.crowd.busy() as tally:
                        await asyncio.sleep(2)
                assert set(tally.counts()) == {"busy"}
                assert len(attempts) <= 8
                await owner.execute(f"alter role {login} login")
                await place.until_ready()
                await settled(place)
        finally:
            await owner.execute(f"drop role {login}")


async def test_a_migration_under_load_is_not_noticed(placing: Placing) -> None:
    """Plans that were made before it are made anew."""
    async with placing() as place:
        async with place.crowd.busy() as tally:
            for kind in ("varchar", "text", "varchar", "text"):
                await asyncio.sleep(0.4)
                await place.owner.execute(f"alter table users alter username type {kind}")
        tally.check()
        assert tally.counts()["right"] > 20
