"""The second wall: as the service's role a tenant's rows are all there is, whatever is asked."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.conftest import TestDatabase
from tests.world import World

Connection = Any
START = datetime(2024, 5, 1, 12, tzinfo=UTC)
VIEWS = ("subject_members", "call_figures", "ended_activities")
# Without tenants' data: by their nature they are looked into before the tenant is known.
NO_TENANT_FIRST = {"domain_names"}
NO_TENANT = {"schema_migrations"}

TABLES = """
    select c.relname as name, c.relrowsecurity as secured, c.relkind = 'v' as is_view,
        exists (select from pg_policy p where p.polrelid = c.oid) as has_policy,
        exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'domain_uuid')
            as has_tenant,
        coalesce('security_invoker=true' = any(c.reloptions), false) as invoker
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""
KEYS = """
    select i.indrelid::regclass::text as name, i.indexrelid::regclass::text as key,
        a.attname as first
    from pg_index i
    join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
"""
FOREIGN_KEYS = """
    select k.conrelid::regclass::text as name, k.conname as key,
        f.attname as first, t.attname as target, k.confdeltype in ('a', 'c') as plain
    from pg_constraint k
    join pg_attribute f on f.attrelid = k.conrelid and f.attnum = k.conkey[1]
    join pg_attribute t on t.attrelid = k.confrelid and t.attnum = k.confkey[1]
    where k.contype = 'f'
"""


@dataclasses.dataclass
class Tenants:
    database: TestDatabase
    mine: UUID
    theirs: UUID
    tables: list[str]

    @asynccontextmanager
    async def service(self, tenant: UUID | None) -> AsyncIterator[Connection]:
        """A transaction as the service's role; it is rolled back."""
        connection = await asyncpg.connect(self.database.service_url)
        try:
            transaction = connection.transaction()
            await transaction.start()
            if tenant is not None:
                await connection.execute(
                    "select set_config('app.domain_uuid', $1, true)", str(tenant)
                )
            yield connection
            await transaction.rollback()
        finally:
            await connection.close()


async def stored(owner: Connection, name: str) -> UUID:
    """A domain with a row in every table; its people and numbers are those of every other."""
    world = World(name=name)
    team = world.group("team", world.department("sales"))
    user = world.user("an", extensions=["101"], groups=[team])
    world.call(START, user)
    world.activity(user, "talk", START, 60)
    await world.store(owner)
    domain = world.domain_uuid
    await owner.execute("insert into queues values ($1, $2, 'queue')", domain, uuid4())
    await owner.execute(
        "insert into import_batches (domain_uuid, batch_uuid, kind, source, started_at)"
        " values ($1, $2, 'calls', '', now())",
        domain,
        uuid4(),
    )
    await owner.execute("insert into import_sources values ($1, '', 'calls', $2)", domain, uuid4())
    await owner.execute("insert into source_marks values ($1, '', now())", domain)
    await owner.execute(
        "insert into import_changes (domain_uuid, record, record_uuid, data_version, batch_uuid)"
        " values ($1, 'call', $2, 1, $3)",
        domain,
        uuid4(),
        uuid4(),
    )
    await owner.execute(
        "insert into tokens (domain_uuid, token_uuid, token_hash, role, token_name, created_at)"
        " values ($1, $2, '', 'admin', 'token', now())",
        domain,
        uuid4(),
    )
    await owner.execute("insert into jwt_revocations values ($1, 'sub', 'an', now())", domain)
    await owner.execute("insert into revocations values ($1, 1)", domain)
    return domain


@pytest.fixture
async def tenants(database: TestDatabase) -> Tenants:
    async with database.owner() as owner:
        mine, theirs = await stored(owner, "mine"), await stored(owner, "theirs")
        tables = [row["name"] for row in await owner.fetch(TABLES) if not row["is_view"]]
    return Tenants(database, mine, theirs, sorted(set(tables) - NO_TENANT))


async def test_every_table_is_secured(database: TestDatabase) -> None:
    async with database.owner() as owner:
        rows = await owner.fetch(TABLES)
    assert {row["name"] for row in rows if not row["has_tenant"]} == NO_TENANT
    assert {row["name"] for row in rows if row["is_view"]} == set(VIEWS)
    for row in rows:
        if row["is_view"]:
            assert row["invoker"], row["name"]
        elif row["has_tenant"]:
            assert (row["secured"], row["has_policy"]) == (True, True), row["name"]


async def test_every_policy_binds_every_command_to_the_tenant(database: TestDatabase) -> None:
    async with database.owner() as owner:
        policies = await owner.fetch("select * from pg_policies where schemaname = 'public'")
    for policy in policies:
        assert (policy["cmd"], policy["permissive"]) == ("ALL", "PERMISSIVE")
        assert "NULLIF(current_setting('app.domain_uuid'::text, true), ''::text)" in policy["qual"]
        assert policy["with_check"] is None  # then what may be seen is what may be written
    assert len({policy["tablename"] for policy in policies}) == len(policies)


async def test_every_key_begins_with_the_tenant(database: TestDatabase) -> None:
    async with database.owner() as owner:
        keys = await owner.fetch(KEYS)
        foreign = await owner.fetch(FOREIGN_KEYS)
        triggers = await owner.fetchval("select count(*) from pg_trigger where not tgisinternal")
        sequences = await owner.fetchval("select count(*) from pg_class where relkind = 'S'")
    for key in keys:
        if key["name"] not in NO_TENANT | NO_TENANT_FIRST:
            assert key["first"] == "domain_uuid", key["key"]
    for key in foreign:
        assert (key["first"], key["target"], key["plain"]) == ("domain_uuid", "domain_uuid", True)
    assert (triggers, sequences) == (0, 0)


async def test_without_a_tenant_nothing_is_there(tenants: Tenants) -> None:
    async with tenants.service(None) as service:
        for name in (*tenants.tables, *VIEWS):
            assert await service.fetchval(f"select count(*) from {name}") == 0, name  # noqa: S608


async def test_a_tenant_sees_its_own_rows_only(tenants: Tenants) -> None:
    async with tenants.service(tenants.mine) as service:
        for name in (*tenants.tables, *VIEWS):
            rows = await service.fetch(f"select domain_uuid from {name}")  # noqa: S608
            assert {row["domain_uuid"] for row in rows} == {tenants.mine}, name


async def test_a_tenant_cannot_change_or_delete_anothers_rows(tenants: Tenants) -> None:
    for name in tenants.tables:
        async with tenants.service(tenants.mine) as service:
            for text in (f"update {name} set domain_uuid = domain_uuid", f"delete from {name}"):  # noqa: S608
                done = await service.execute(f"{text} where domain_uuid = $1", tenants.theirs)
                assert done.endswith(" 0"), (name, done)


async def test_a_tenant_cannot_give_its_rows_to_another(tenants: Tenants) -> None:
    for name in tenants.tables:
        async with tenants.service(tenants.mine) as service:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await service.execute(f"update {name} set domain_uuid = $1", uuid4())  # noqa: S608


async def test_a_tenant_cannot_insert_for_another(tenants: Tenants) -> None:
    async with tenants.database.owner() as owner:
        theirs = {
            name: await owner.fetchval(
                f"select to_jsonb(t) from {name} t where domain_uuid = $1",  # noqa: S608
                tenants.theirs,
            )
            for name in tenants.tables
        }
        await owner.execute("alter table calls alter column waitsec drop expression")
    for name, row in theirs.items():
        async with tenants.service(tenants.mine) as service:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await service.execute(
                    f"insert into {name} select * from jsonb_populate_record(null::{name}, $1)",  # noqa: S608
                    row,
                )


async def test_a_tenant_cannot_point_at_anothers_rows(tenants: Tenants) -> None:
    """Keys hold the tenant, so that another's group cannot be named even by its uuid."""
    async with tenants.database.owner() as owner:
        group = await owner.fetchval(
            "select group_uuid from groups where domain_uuid = $1", tenants.theirs
        )
        user = await owner.fetchval(
            "select user_uuid from users where domain_uuid = $1", tenants.mine
        )
    async with tenants.service(tenants.mine) as service:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await service.execute(
                "insert into group_members values ($1, $2, $3)", tenants.mine, group, user
            )


async def test_equal_names_do_not_meet(tenants: Tenants) -> None:
    async with tenants.service(tenants.mine) as service:
        with pytest.raises(asyncpg.UniqueViolationError):
            await service.execute(
                "insert into users (domain_uuid, user_uuid, username) values ($1, $2, 'an')",
                tenants.mine,
                uuid4(),
            )


async def test_after_the_transaction_the_tenant_is_gone(tenants: Tenants) -> None:
    connection = await asyncpg.connect(tenants.database.service_url)
    try:
        async with connection.transaction():
            await connection.execute(
                "select set_config('app.domain_uuid', $1, true)", str(tenants.mine)
            )
            assert await connection.fetchval("select count(*) from users") == 1
        assert await connection.fetchval("select current_setting('app.domain_uuid', true)") == ""
        assert await connection.fetchval("select count(*) from users") == 0
    finally:
        await connection.close()


async def test_a_connection_of_the_pool_forgets_the_tenant(tenants: Tenants) -> None:
    now = datetime.now(UTC)
    async with tenants.database.opened(pool_size=1) as opened:
        async with opened.snapshot(tenants.mine, now):
            pass
        async with opened.connection() as connection:
            assert await connection.fetchval("select count(*) from users") == 0
        with pytest.raises(ZeroDivisionError):
            async with opened.writing(tenants.mine):
                _ = 1 / 0
        assert await opened.domain_named("theirs") == tenants.theirs
        async with opened.connection() as connection:
            for name in ("users", "domain_names"):
                count = f"select count(*) from {name}"  # noqa: S608
                assert await connection.fetchval(count) == 0


async def test_a_name_opens_its_own_line_only(tenants: Tenants) -> None:
    async with tenants.service(None) as service:
        await service.execute("select set_config('app.domain_name', 'theirs', true)")
        rows = await service.fetch("select domain_uuid from domain_names")
        assert [row["domain_uuid"] for row in rows] == [tenants.theirs]
        assert await service.fetchval("select count(*) from domains") == 0


async def test_of_another_domain_its_versions_are_all_that_is_told(tenants: Tenants) -> None:
    async with tenants.service(tenants.mine) as service:
        asked = [str(tenants.theirs), str(uuid4())]
        rows = await service.fetch("select * from domain_versions($1::text[]::uuid[])", asked)
        assert [dict(row) for row in rows] == [
            {"domain_uuid": tenants.theirs, "data_version": 0, "revocation_count": 1}
        ]
        assert await service.fetch("select * from domain_versions('{}')") == []
        assert await service.fetchval("select count(*) from domains") == 1


async def test_only_the_services_role_may_ask_for_versions(tenants: Tenants) -> None:
    async with tenants.database.owner() as owner:
        allowed = await owner.fetch(
            "select grantee from information_schema.role_routine_grants"
            " where routine_name = 'domain_versions' and grantee <> current_user"
        )
        path = await owner.fetchval(
            "select proconfig[1] from pg_proc where proname = 'domain_versions'"
        )
    assert [row["grantee"] for row in allowed] == ["gateway_service"]
    # A table of the same name in another schema cannot stand in for ours.
    assert path == "search_path=pg_catalog, pg_temp"


async def test_a_snapshot_cannot_write(tenants: Tenants) -> None:
    async with tenants.database.opened() as opened, opened.snapshot(tenants.mine, START) as seen:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await seen._connection.execute("delete from users")
