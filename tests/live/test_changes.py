"""What is told, when, to whom: each change once, to who may see it, and nothing else."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from gateway.live.hub import Hub
from tests.conftest import TestDatabase
from tests.live.conftest import Socket, opened, streamed
from tests.live.hosting import Hosted, hosted, until
from tests.walls.firm import ASKERS, DAY, NOON, Firm, firm

DAY_TEXT = '{days: {from: "2026-03-10", to: "2026-03-10"}}'
FIGURES = f"""domain {{ name callStats(period: {DAY_TEXT}) {{ totalCall totalDuration }}
    users(first: 50) {{ nodes {{ username callStats(period: {DAY_TEXT}) {{ totalCall }} }} }} }}"""
LIVE = f"subscription {{ {FIGURES} }}"
TOTAL = f"subscription {{ domain {{ callStats(period: {DAY_TEXT}) {{ totalCall }} }} }}"
VERSION = "subscription { dataVersion }"
ONCE = "{ dataVersion: domain { dataVersion } }"


@pytest.fixture
async def aurora() -> Firm:
    return firm("Aurora")


@pytest.fixture
async def place(database: TestDatabase, aurora: Firm, hasty: None) -> AsyncIterator[Hosted]:
    async with hosted(database, aurora) as found:
        yield found


def total(data: Any) -> int:
    count: int = data["domain"]["callStats"]["totalCall"]
    return count


def settled(hub: Hub) -> bool:
    """Whether all topics are of the newest data that was seen."""
    return all(
        topic.computing is None and topic.version >= hub._seen[topic.viewer.domain_uuid].data
        for topic in hub._topics.values()
    )


async def looked(hub: Hub) -> None:
    """What was committed before is seen, and told."""
    looks = hub.looks + 2
    await until(lambda: hub.looks >= looks and settled(hub))


async def silent(socket: Socket) -> None:
    """Nothing was sent before the answer to a ping."""
    await socket.send("ping")
    assert await socket.receive() == {"type": "pong"}


async def test_equal_questions_are_computed_once_per_change(place: Hosted, aurora: Firm) -> None:
    tokens = [await place.token(aurora, asker) for asker in ("admin", "boss", "admin")]
    async with AsyncExitStack() as stack:
        sockets = []
        for number in range(30):
            socket = await stack.enter_async_context(opened(place.address))
            await socket.init(tokens[number % 3])
            await socket.subscribe("a", LIVE)
            await socket.subscribe("b", VERSION)
            for _ in range(2):
                assert (await socket.receive())["type"] == "next"
            sockets.append(socket)
        assert len(place.hub._topics) == 2
        await looked(place.hub)
        for number in range(1, 4):
            before = place.hub.computations
            await place.write(aurora, str(number))
            for socket in sockets:
                told = [await socket.receive(), await socket.receive()]
                assert {message["id"] for message in told} == {"a", "b"}
            await looked(place.hub)
            assert place.hub.computations - before == 2
    await until(lambda: not place.hub._topics and not place.hub._guests)


async def test_what_did_not_change_is_not_told(place: Hosted, aurora: Firm) -> None:
    async with opened(place.address) as socket:
        await socket.init(await place.token(aurora, "admin"))
        await socket.subscribe("a", TOTAL)
        before = total(await socket.data("a"))
        computations = place.hub.computations
        await place.write(aurora, "1", NOON + timedelta(days=1))
        await looked(place.hub)
        assert place.hub.computations > computations
        await silent(socket)
        await place.write(aurora, "2")
        assert total(await socket.data("a")) == before + 1
        computations = place.hub.computations
        await looked(place.hub)
        assert place.hub.computations == computations
        await silent(socket)


async def test_what_was_committed_before_is_told_first(place: Hosted, aurora: Firm) -> None:
    token = await place.token(aurora, "admin")
    async with opened(place.address) as early:
        await early.init(token)
        await early.subscribe("a", TOTAL)
        before = total(await early.data("a"))
        for number in range(1, 6):
            await place.write(aurora, str(number))
            async with opened(place.address) as socket:
                await socket.init(token)
                await socket.subscribe("a", TOTAL)
                # Its first answer, although another's is older.
                assert total(await socket.data("a")) == before + number


async def test_nobody_is_told_what_another_sees(database: TestDatabase, hasty: None) -> None:
    tenants = [firm("Aurora"), firm("Borealis")]
    async with hosted(database, *tenants) as place, AsyncExitStack() as stack:
        sockets: list[tuple[Socket, str, dict[str, Any]]] = []
        for tenant in tenants:
            for asker in ASKERS:
                token = await place.token(tenant, asker)
                socket = await stack.enter_async_context(opened(place.address))
                await socket.init(token)
                await socket.subscribe("a", LIVE)
                sockets.append((socket, token, {"last": await socket.data("a")}))
        chance = random.Random(6)
        for number in range(5):
            extension = chance.choice(["1001", "1003", "1004", "8003"])
            tenant = chance.choice(tenants)
            await place.write(tenant, str(number), extension=extension)
            await looked(place.hub)
            for socket, token, seen in sockets:
                asked = await place.ask(token, f"{{ {FIGURES} }}")
                if asked != seen["last"]:
                    assert await socket.data("a") == asked
                await silent(socket)
                seen["last"] = asked


async def test_who_sees_something_else_now_is_told_that(place: Hosted, aurora: Firm) -> None:
    token = await place.token(aurora, "mai")
    async with opened(place.address) as socket:
        await socket.init(token)
        await socket.subscribe("a", LIVE)
        names = {each["username"] for each in (await socket.data("a"))["domain"]["users"]["nodes"]}
        assert names == ASKERS["mai"].living
        # No manager of a team any more: what is left is herself.
        await place.execute(
            aurora,
            "delete from group_members where domain_uuid = $1 and user_uuid = $2",
            aurora.uuid("mai"),
        )
        told = await socket.data("a")
        assert [each["username"] for each in told["domain"]["users"]["nodes"]] == ["mai"]
        assert told == await place.ask(token, f"{{ {FIGURES} }}")
        # And up to an administrator, by a token that allows it.
        await place.execute(
            aurora, "update users set level = 'leader' where domain_uuid = $1 and user_uuid = $2",
            aurora.uuid("mai"),
        )  # fmt: skip
        await looked(place.hub)
        await silent(socket)
        await place.write(aurora, "1", extension="8001")
        assert total(await socket.data("a")) == total(told) + 1


async def test_a_demoted_administrator_is_told_less(place: Hosted, aurora: Firm) -> None:
    async with opened(place.address) as socket, opened(place.address) as other:
        await socket.init(await place.token(aurora, "boss"))
        await other.init(await place.token(aurora, "admin"))
        for each in (socket, other):
            await each.subscribe("a", LIVE)
        assert await socket.data("a") == await other.data("a")
        assert len(place.hub._topics) == 1
        await place.execute(
            aurora, "update users set level = 'agent' where domain_uuid = $1 and user_uuid = $2",
            aurora.uuid("boss"),
        )  # fmt: skip
        told = await socket.data("a")
        assert [each["username"] for each in told["domain"]["users"]["nodes"]] == ["boss"]
        await silent(other)


async def test_midnight_changes_what_today_is(place: Hosted, aurora: Firm) -> None:
    today = "subscription { domain { callStats { totalCall } } }"
    async with opened(place.address) as socket:
        await socket.init(await place.token(aurora, "admin"))
        await socket.subscribe("a", today)
        assert total(await socket.data("a")) > 0
        await looked(place.hub)
        computations = place.hub.computations
        place.clock.now = NOON.replace(hour=16, minute=59, second=59)
        await looked(place.hub)
        assert place.hub.computations == computations
        await silent(socket)
        place.clock.now = NOON.replace(hour=17)  # in Hanoi
        assert total(await socket.data("a")) == 0


async def test_what_counts_until_now_moves_with_the_clock(
    database: TestDatabase, aurora: Firm, hasty: None
) -> None:
    pauses = f"""subscription {{ user(by: {{username: "an"}}) {{
        agentTime(period: {DAY_TEXT}) {{ totalPauseSec }} }} }}"""
    aurora.activity(aurora.uuid("an"), "pause", NOON + timedelta(hours=2), None)
    async with hosted(database, aurora, live_interval=1) as place, opened(place.address) as socket:
        await socket.init(await place.token(aurora, "admin"))
        await socket.subscribe("a", pauses)
        first = (await socket.data("a"))["user"]["agentTime"]["totalPauseSec"]
        # The clock stands: computed again and again, told once.
        computations = place.hub.computations
        await until(lambda: place.hub.computations >= computations + 2)
        await silent(socket)
        place.clock.now += timedelta(seconds=40)
        assert (await socket.data("a"))["user"]["agentTime"]["totalPauseSec"] == first + 40


async def test_live_is_query_is_rest_is_recount(place: Hosted, aurora: Firm) -> None:
    token = await place.token(aurora, "admin")
    recount = (
        "select count(*) from calls where domain_uuid = $1"
        " and started_at >= '2026-03-09T17:00Z' and started_at < '2026-03-10T17:00Z'"
    )
    headers = {"authorization": f"Bearer {token}"}
    async with (
        opened(place.address) as socket,
        streamed(place.address, TOTAL, headers) as events,
    ):
        await socket.init(token)
        await socket.subscribe("a", TOTAL)
        live, streamed_too = total(await socket.data("a")), total(await events.data())
        for number in range(4):
            assert live == streamed_too
            assert live == total(await place.ask(token, TOTAL.removeprefix("subscription")))
            async with place.database.owner() as owner:
                assert live == await owner.fetchval(recount, aurora.domain_uuid)
            await place.write(aurora, str(number))
            live, streamed_too = total(await socket.data("a")), total(await events.data())


async def test_a_superadmin_is_told_of_the_domain_it_visits(
    database: TestDatabase, hasty: None
) -> None:
    home, other = firm("Aurora"), firm("Borealis")
    async with hosted(database, home, other) as place, opened(place.address) as socket:
        token = await place.token(home, "superadmin")
        await socket.init(token, **{"X-Domain": "Borealis"})
        await socket.subscribe("a", LIVE)
        before = await socket.data("a")
        assert before["domain"]["name"] == "Borealis"
        await place.write(home, "1")
        await looked(place.hub)
        await silent(socket)
        await place.write(other, "1")
        assert total(await socket.data("a")) == total(before) + 1


async def test_many_changes_at_once_are_told_as_the_newest(place: Hosted, aurora: Firm) -> None:
    async with opened(place.address) as socket:
        await socket.init(await place.token(aurora, "admin"))
        await socket.subscribe("a", VERSION)
        before = (await socket.data("a"))["dataVersion"]
        await asyncio.gather(*(place.write(aurora, str(number)) for number in range(40)))
        told = [before]
        while told[-1] < before + 40:
            told.append((await socket.data("a"))["dataVersion"])
        assert told == sorted(set(told))


def test_the_day_is_the_firms() -> None:
    assert DAY["days"]["from"] in DAY_TEXT
