"""The second wall: whatever a statement says, a connection shows the rows of its tenant only."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import asyncpg
import pytest

import gateway
from gateway.errors import GatewayError
from gateway.store import statements
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW
from tests.walls.conftest import Place
from tests.walls.firm import DAY, REST_DAY, Firm, firm
from tests.walls.test_matrix import CALLS, EVERYTHING, LISTED, LISTS, LOOK_UPS, NAMED, identity

Asked: TypeAlias = "set[tuple[str, str, tuple[Any, ...]]]"
OWNERS = """
    select c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relkind::text as kind,
        c.relrowsecurity as secured,
        array(select polname::text from pg_policy where polrelid = c.oid) as policies
    from pg_class c
    where c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and exists (
            select from pg_attribute a where a.attrelid = c.oid and a.attname = 'domain_uuid'
        )
"""
RIGHTS = """
    select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
        array(select r.rolname::text from pg_roles r
            where pg_has_role(current_user, r.oid, 'member')) as member_of
    from pg_roles where rolname = current_user
"""

DAYS = """query ($p: Period) {
    users { nodes { dailyReports(period: $p) { date totalCall } } }
    groups { nodes { dailyReports(period: $p) { date totalCall } } }
}"""
TWO_DAYS = {"days": {"from": "2026-03-09", "to": "2026-03-10"}}


async def test_no_table_of_tenants_belongs_to_who_serves(database: TestDatabase) -> None:
    service = await asyncpg.connect(database.service_url)
    try:
        (rights,) = await service.fetch(RIGHTS)
    finally:
        await service.close()
    assert not any(value for key, value in rights.items() if key not in {"rolname", "member_of"})
    async with database.owner() as owner:
        rows = await owner.fetch(OWNERS)
        exempt = await owner.fetch(
            "select rolname from pg_roles where (rolsuper or rolbypassrls) and rolname = any($1)",
            rights["member_of"],
        )
    assert not exempt
    assert len(rows) > 10
    for row in rows:
        assert row["owner"] not in rights["member_of"], row["name"]
        if row["kind"] != "v":  # a view asks as who asks it
            assert row["secured"], row["name"]
            assert row["policies"], row["name"]


@contextmanager
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """Every statement that snapshots execute: name, text and arguments."""
    original = Snapshot._fetch_now
    asked: Asked = set()

    async def fetch(self: Snapshot, name: str, text: str, *arguments: Any, **options: Any) -> Any:
        hashable = tuple(tuple(value) if isinstance(value, list) else value for value in arguments)
        asked.add((name, text, (self.domain_uuid, *hashable)))
        return await original(self, name, text, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "_fetch_now", fetch)
        yield asked


async def ask_for_everything(place: Place, of: Firm) -> None:
    for asker in ("admin", "mai"):
        client = await place.client(of, asker)
        await client.ask(EVERYTHING, p=DAY)
        await client.ask("{ domain { sources { name lastImport { origin } } } }")
        await client.ask("{ users { nodes { activity { state } } } }")
        await client.ask(DAYS, p=TWO_DAYS)
        for typename, uuids in of.uuids().items():
            ident = identity(typename, uuids[4 % len(uuids)])
            await client.ask(LOOK_UPS, uuid=str(uuids[4 % len(uuids)]), id=ident, p=DAY)
        await client.ask(NAMED, username="an", number="1001")
        for kind, filtered in LISTED.items():
            await client.ask(LISTS % (kind, filtered), first=2)
        await client.ask(CALLS, p=DAY, first=2)
        await client.ask(
            """query ($p: Period, $u: UUID!, $x: UUID!) { user(by: {uuid: $u}) { ...Calls }
                extension(by: {uuid: $x}) { ...Calls } }
                fragment Calls on Reporting { a: calls(period: $p) { nodes { uuid } }
                    b: calls(period: $p, orderBy: OLDEST_FIRST) { nodes { uuid } } }""",
            p=DAY,
            u=str(of.uuid("an")),
            x=str(of.uuid("1001")),
        )
        for path in (
            "/v3/report/call/user",
            "/v2/report/extension",
            "/v2/report/extension/summary",
            "/v2/report/extension/summary/day",
            "/v2/report/agent/time",
        ):
            assert (await client.http.get(path, params=REST_DAY)).status_code == 200
    async with place.opened.snapshot(of.domain_uuid, NOW) as snapshot:
        found = await snapshot.subject(None, "", NOW, None, "an")
        assert found["user_uuid"] == of.uuid("an")


async def answers(
    connection: Any, tenant: Any, text: str, arguments: tuple[Any, ...]
) -> list[tuple[Any, ...]]:
    """The rows that say anything at all: a count of 0 and a sum of nothing do not."""
    async with connection.transaction(readonly=True):
        if tenant is not None:
            await connection.execute("select set_config('app.domain_uuid', $1, true)", str(tenant))
        rows = await connection.fetch(text, *arguments)
    return [tuple(row) for row in rows if any(row)]


async def test_no_read_shows_a_tenant_to_another(
    place: Place, ours: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every statement once more, word for word with our keys, in a transaction of theirs."""
    theirs = firm("theirs")
    await place.store(theirs)
    for each in (ours, theirs):
        await place.execute(
            "update agent_activities set seconds = null where user_uuid = $1", each.uuid("an")
        )
    with noted(monkeypatch) as asked:
        await ask_for_everything(place, ours)
    assert {name for name, _, _ in asked} == set(statements.names("reads"))
    told = set()
    connection = await asyncpg.connect(place.database.service_url)
    try:
        for name, text, arguments in asked:
            if await answers(connection, ours.domain_uuid, text, arguments):
                told.add(name)
            for other in (theirs.domain_uuid, uuid4(), None):
                assert await answers(connection, other, text, arguments) == [], name
    finally:
        await connection.close()
    # Each of them does show something to whose it is.
    assert told == set(statements.names("reads"))


# A connection that was handed back


@pytest.fixture
async def one(database: TestDatabase) -> AsyncIterator[Database]:
    """A pool of one connection, so that the next who asks gets the one handed back."""
    async with database.owner() as owner:
        await firm().store(owner)
    async with database.opened(pool_size=1, statement_timeout=0.5) as opened:
        yield opened


async def assert_clean(opened: Database) -> None:
    async with opened.connection() as connection:
        assert not connection.is_in_transaction()
        for name in ("app.domain_uuid", "app.domain_name"):
            said = await connection.fetchval("select current_setting($1, true)", name)
            assert said in {None, ""}
        for table in ("users", "calls", "domains", "domain_names", "tokens"):
            count = f"select count(*) from {table}"  # noqa: S608
            assert await connection.fetchval(count) == 0


async def the_domain(opened: Database) -> Any:
    return await opened.domain_named("firm")


async def reading(opened: Database, domain: Any) -> None:
    async with opened.snapshot(domain, NOW, [b"x"]) as snapshot:
        await snapshot.scope(uuid4(), Role.LEADER)


async def failing(opened: Database, domain: Any) -> None:
    async with opened.snapshot(domain, NOW) as snapshot:
        with pytest.raises(GatewayError):
            await snapshot.scope(uuid4(), "\0")
        assert await snapshot.scope(uuid4(), Role.LEADER) is None


async def raising(opened: Database, domain: Any) -> None:
    async with opened.snapshot(domain, NOW):
        raise ZeroDivisionError


async def writing(opened: Database, domain: Any) -> None:
    async with opened.writing(domain) as connection:
        await connection.execute("update users set email = '' where domain_uuid = $1", domain)


async def undoing(opened: Database, domain: Any) -> None:
    async with opened.writing(domain) as connection:
        await connection.execute("update users set email = '' where domain_uuid = $1", domain)
        raise ZeroDivisionError


async def refused(opened: Database, domain: Any) -> None:
    async with opened.writing(domain) as connection:
        await connection.execute("select 1 / 0")


async def too_slow(opened: Database, domain: Any) -> None:
    async with opened.writing(domain) as connection:
        await connection.execute("select pg_sleep(60)")


async def too_slow_to_read(opened: Database, domain: Any) -> None:
    async with opened.snapshot(domain, NOW) as snapshot:
        await snapshot._connection.execute("select pg_sleep(60)")


async def cut_off(opened: Database, domain: Any) -> None:
    async with opened.snapshot(domain, NOW) as snapshot:
        await snapshot._connection.execute("select pg_terminate_backend(pg_backend_pid())")


async def asking_names(opened: Database, domain: Any) -> None:
    assert await opened.domain_named("firm") == domain


Work: TypeAlias = "Callable[[Database, Any], Coroutine[Any, Any, None]]"
ENDINGS: tuple[Work, ...] = (
    reading,
    failing,
    raising,
    writing,
    undoing,
    refused,
    too_slow,
    too_slow_to_read,
    cut_off,
    asking_names,
)


@pytest.mark.parametrize("work", ENDINGS, ids=lambda work: work.__name__)
async def test_however_it_ends_the_connection_has_no_tenant(one: Database, work: Work) -> None:
    domain = await the_domain(one)
    with suppress(ZeroDivisionError, asyncpg.PostgresError, GatewayError, OSError):
        await work(one, domain)
    await assert_clean(one)


@pytest.mark.parametrize(
    "work", [reading, failing, writing, undoing, asking_names], ids=lambda work: work.__name__
)
async def test_wherever_it_is_cancelled_the_connection_has_no_tenant(
    one: Database, work: Work
) -> None:
    """Cancelled at its first step, its second, and so on until it gets to its end."""
    domain = await the_domain(one)
    for steps in range(500):
        task = asyncio.create_task(work(one, domain))
        for _ in range(steps):
            await asyncio.sleep(0)
        ended = task.done()
        task.cancel()
        with suppress(asyncio.CancelledError, ZeroDivisionError):
            await task
        await assert_clean(one)
        if ended:
            return
    pytest.fail("it does not end")


@pytest.mark.parametrize("work", [too_slow, too_slow_to_read], ids=lambda work: work.__name__)
async def test_cancelled_within_a_statement(one: Database, work: Work) -> None:
    domain = await the_domain(one)
    for milliseconds in (0, 1, 2, 5, 10, 20, 50):
        task = asyncio.create_task(work(one, domain))
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await assert_clean(one)


async def test_many_cancelled_at_once(one: Database) -> None:
    domain = await the_domain(one)
    tasks = [asyncio.create_task(reading(one, domain)) for _ in range(50)]
    await asyncio.sleep(0.01)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await assert_clean(one)


def test_nothing_sets_a_tenant_for_longer_than_a_transaction() -> None:
    """The statements that do are local, and there is no other way to say it."""
    found = [
        (path.name, said)
        for path in Path(gateway.__file__).parent.rglob("*")
        if path.suffix in {".py", ".sql"}
        for said in re.findall(
            r"(?i)(?:set_config\([^)]*\)|\bset (?:local |session )?app\.\w+)",
            path.read_text("utf-8"),
        )
    ]
    assert sorted(found) == [
        ("database.py", "set_config('app.domain_name', $1, true)"),
        ("domain.sql", "set_config('plan_cache_mode', 'force_custom_plan', true)"),
        ("snapshot.py", "set local app.domain_uuid"),
    ]
