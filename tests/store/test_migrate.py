"""Migrations: repeatable, safe at the same moment, and with no more rights than are needed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest

from gateway.errors import ConfigurationError, DatabaseUnavailableError
from gateway.store.embedded import OWNER, SERVICE
from gateway.store.migrate import migrate, migrations, status
from tests.conftest import Server, TestDatabase

Connection = Any
ALL = [migration.version for migration in migrations()]


@pytest.fixture
async def fresh(server: Server) -> AsyncIterator[TestDatabase]:
    """A database without anything in it."""
    name = f"fresh_{uuid4().hex}"
    await server.statement(f"create database {name}")
    yield TestDatabase(server.embedded, name)
    await server.statement(f"drop database {name} with (force)")


@pytest.fixture
async def role(server: Server) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Makes roles with those options, and takes them away again."""
    made: list[str] = []

    async def make(options: str) -> str:
        name = f"role {uuid4().hex}"
        await server.statement(f'create role "{name}" {options}')
        made.append(name)
        return name

    yield make
    for name in made:
        await server.statement(f'drop role "{name}"')


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def as_role(database: TestDatabase, name: str) -> str:
    return database.owner_url.replace(f"//{OWNER}@", f"//{quote(name)}@")


def test_versions_follow_one_another() -> None:
    assert list(range(1, len(ALL) + 1)) == ALL
    assert all(migration.statements for migration in migrations())


async def test_twice(fresh: TestDatabase) -> None:
    async with fresh.owner() as owner:
        assert (await status(owner)) == (0, ALL[-1])
        assert not (await status(owner)).current
        assert [m.version for m in await migrate(fresh.owner_url, SERVICE)] == ALL
        assert (await status(owner)).current
        before = await owner.fetch("select * from schema_migrations")
        assert await migrate(fresh.owner_url, SERVICE) == []
        assert await owner.fetch("select * from schema_migrations") == before


async def test_by_several_at_once(fresh: TestDatabase) -> None:
    applied = await asyncio.gather(*(migrate(fresh.owner_url, SERVICE) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, len(ALL)]


async def test_a_failed_migration_leaves_nothing_and_can_be_repeated(fresh: TestDatabase) -> None:
    async with fresh.owner() as owner:
        # In the way of the second migration's last table.
        await owner.execute("create view import_changes as select 1 as one")
        with pytest.raises(asyncpg.DuplicateTableError):
            await migrate(fresh.owner_url)
        assert (await status(owner)).applied == 1
        assert await owner.fetchval("select to_regclass('calls')") is None
        await owner.execute("drop view import_changes")
        assert [m.version for m in await migrate(fresh.owner_url)] == ALL[1:]


async def test_a_newer_database_is_refused(database: TestDatabase) -> None:
    async with database.owner() as owner:
        await owner.execute("insert into schema_migrations (version, name) values (9999, 'later')")
        assert not (await status(owner)).current
    with pytest.raises(ConfigurationError, match=r"at migration 9999, newer than .* newer release"):
        await migrate(database.owner_url, SERVICE)


async def test_the_services_login_becomes_a_member(
    database: TestDatabase, role: Callable[[str], Awaitable[str]]
) -> None:
    login = await role("login")
    async with connected(as_role(database, login)) as service:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.fetch("select from calls")
    await migrate(database.owner_url, login)
    await migrate(database.owner_url, login)
    async with connected(as_role(database, login)) as service:
        assert await service.fetch("select from calls") == []


async def test_an_unknown_login_is_told_what_to_do(database: TestDatabase) -> None:
    with pytest.raises(ConfigurationError, match=f'«grant {SERVICE} to "no ""body";»'):
        await migrate(database.owner_url, 'no "body')


async def test_an_owner_without_rights_over_roles(
    server: Server, fresh: TestDatabase, role: Callable[[str], Awaitable[str]]
) -> None:
    owner, login = await role("login nosuperuser nocreaterole"), await role("login")
    await server.statement(f'alter database {fresh.name} owner to "{owner}"')
    try:
        with pytest.raises(ConfigurationError, match=f'«grant {SERVICE} to "{login}";»'):
            await migrate(as_role(fresh, owner), login)
        await server.statement(f'grant {SERVICE} to "{login}"')
        await migrate(as_role(fresh, owner), login)
        async with connected(as_role(fresh, login)) as service:
            assert await service.fetch("select from calls") == []
    finally:
        await server.statement(f"drop database {fresh.name} with (force)")
        await server.statement(f"create database {fresh.name}")


async def test_an_owner_that_may_not_create_the_services_role(
    server: Server,
    fresh: TestDatabase,
    role: Callable[[str], Awaitable[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The run's server has the role; under another name it is missing.
    monkeypatch.setattr("gateway.store.migrate.SERVICE", "missing_service")
    owner = await role("login nocreaterole")
    with pytest.raises(ConfigurationError, match="superuser, «create role missing_service;»"):
        await migrate(as_role(fresh, owner))


async def test_an_owner_that_does_not_own_the_database(
    fresh: TestDatabase, role: Callable[[str], Awaitable[str]]
) -> None:
    stranger = await role("login createrole")
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_OWNER_DATABASE_URL: permission denied"):
        await migrate(as_role(fresh, stranger))


async def test_a_database_that_does_not_answer() -> None:
    for url in (
        "postgresql://me:s3cret@127.0.0.1:1/db",
        "postgresql://me:s3cret@/db?host=/nowhere",
    ):
        with pytest.raises(DatabaseUnavailableError, match=r"not answer its owner: .") as caught:
            await migrate(url)
        assert "s3cret" not in caught.value.message


FORBIDDEN = [
    "create table public.mine (a int)",
    "create view public.mine as select * from calls",
    "create function public.mine() returns int language sql as 'select 1'",
    "create schema mine",
    "drop table calls",
    "drop policy tenant on calls",
    "create policy open on calls using (true)",
    "alter table calls disable row level security",
    "alter table calls add column mine int",
    "alter table calls owner to current_user",
    "alter view subject_members set (security_invoker = false)",
    "truncate calls",
    "create index on calls (duration)",
    "create trigger t before insert on calls execute function suppress_redundant_updates_trigger()",
    "insert into schema_migrations values (9999, 'x')",
    "update schema_migrations set version = 0",
    f"set role {OWNER}",
    f"alter role {SERVICE} bypassrls",
    f"alter role {SERVICE} superuser",
    "create role mine",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_services_role_may_not(database: TestDatabase, statement: str) -> None:
    async with connected(database.service_url) as service:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)


async def test_the_services_role_cannot_turn_row_security_off(database: TestDatabase) -> None:
    async with connected(database.service_url) as service:
        await service.execute("set row_security = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await service.fetch("select from calls")


async def test_serving_as_the_owner_is_refused(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.opened() as opened:
        await opened.check_service_role()
    monkeypatch.setattr(database, "service_url", database.owner_url)
    async with database.opened() as opened:
        with pytest.raises(ConfigurationError, match="not bound by row-level security"):
            await opened.check_service_role()
