"""Every statement fits the migrated schema, and names its tenant at every table."""

import re
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from gateway.errors import BadUserInputError
from gateway.measures import MEASURES, RANKED, needed
from gateway.store import statements
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase
from tests.world import World

READS = tuple(statements.names("reads"))
WRITES = tuple(statements.names("writes"))
TENANTS_TABLES = (
    "domains",
    "departments",
    "groups",
    "users",
    "extensions",
    "group_members",
    "queues",
    "import_batches",
    "import_sources",
    "calls",
    "agent_activities",
    "import_changes",
    "source_marks",
    "ended_activities",
    "call_days",
    "call_user_days",
    "agent_days",
    "call_quarters",
    "call_figures",
    "tokens",
    "jwt_revocations",
    "revocations",
    "subject_members",
)
# Looks for a domain by its name, and for the rights of the role that asks.
WITHOUT_TENANT = {"writes/domain_named", "writes/service_role"}
NO_ALIAS = r"(?!on\b|set\b|where\b|using\b|join\b|left\b|cross\b|group\b|order\b|limit\b|union\b)"
READ_TABLE = re.compile(
    rf"\b(?:from|join|update|using)\s+({'|'.join(TENANTS_TABLES)})\b(?:[ \t]+{NO_ALIAS}(\w+))?"
)
INSERTED_TABLE = re.compile(rf"\binsert into\s+({'|'.join(TENANTS_TABLES)})\b(.*)", re.DOTALL)


def text_of(name: str) -> str:
    """The statement without its comments."""
    return re.sub(r"--.*", "", statements.with_measures(name, tuple(MEASURES), "total_call"))


async def test_every_statement_prepares_as_the_services_role(database: TestDatabase) -> None:
    wrong = {}
    async with database.opened() as opened, opened.connection() as connection:
        for name in statements.names("staging"):
            await connection.execute(statements.statement(name))
        for name in (*READS, *WRITES):
            try:
                await connection.prepare(text_of(name))
            except asyncpg.PostgresError as error:
                wrong[name] = str(error)
    assert wrong == {}


async def test_a_read_prepares_with_any_selection_of_measures(database: TestDatabase) -> None:
    async with database.opened() as opened, opened.connection() as connection:
        for name in READS:
            if "{measures}" in statements.statement(name):
                for measure in MEASURES:
                    await connection.prepare(statements.with_measures(name, (measure,), measure))


async def test_a_ranking_prepares_by_whatever_users_are_ranked_by(database: TestDatabase) -> None:
    async with database.opened() as opened, opened.connection() as connection:
        for figure in RANKED:
            text = statements.with_measures("reads/users_ranking", needed([figure]), figure)
            await connection.prepare(text)


@pytest.mark.parametrize("name", [*READS, *WRITES])
def test_every_table_of_a_statement_is_bound_to_the_tenant(name: str) -> None:
    if name in WITHOUT_TENANT:
        return
    text = text_of(name)
    wanted = Counter(alias for _, alias in READ_TABLE.findall(text))
    for alias, times in wanted.items():
        column = rf"\b{alias}\.domain_uuid" if alias else r"(?<![.\w])domain_uuid"
        bound = len(re.findall(rf"{column} = \$1\b", text))
        assert bound >= times, f"{alias or 'a table'}: {bound} of {times} bound"
    inserted = INSERTED_TABLE.search(text)
    # Counted rows have the tenant in them: they are put in as they are.
    counted = "select *\nfrom counted_" in text
    if inserted and not counted:
        assert re.match(r"\s*(as \w+ )?\(\s*domain_uuid\b", inserted[2])
        assert re.search(r"\b(values\s*\(|select)\s*(distinct )?\$1\b", inserted[2])


@pytest.mark.parametrize("name", READS)
def test_a_read_takes_tenant_and_scope(name: str) -> None:
    text = text_of(name)
    assert not re.search(r"\b(insert|update|delete|truncate|now\(\)|current_\w+)\b", text)
    assert "at time zone" not in text
    if name not in {"reads/scope", "reads/subject"}:  # who asks is not known yet
        assert "$2::text" in text
    # PostgreSQL would read the keys anew for each row.
    assert not re.search(r"\$\d+::text::\w+\[\]", text)


def test_the_names_of_the_tables_above_are_all_there_are() -> None:
    made = {
        table
        for migration in statements.names("migrations")
        for table in re.findall(r"create (?:table|view) (\w+)", statements.statement(migration))
    }
    assert made - {"domain_names", "schema_migrations"} == set(TENANTS_TABLES)


async def test_only_the_read_that_opens_is_planned_once(database: TestDatabase) -> None:
    world = World()
    now = datetime(2026, 3, 10, tzinfo=UTC)
    async with database.owner() as owner:
        await world.store(owner)
    async with database.opened() as opened:
        for _ in range(3):
            async with opened.snapshot(world.domain_uuid, now) as snapshot:
                snapshot.viewer = Viewer(world.domain_uuid, Role.ADMIN, world.domain_uuid, "test")
                await snapshot.rows("groups_by_uuid", "")
                # What a failed statement takes back leaves the mode as it is.
                with pytest.raises(BadUserInputError):
                    await snapshot.rows("users_by_username", ["\0"])
                await snapshot.rows("queues_by_uuid", "")
                plans = await snapshot._connection.fetch(
                    "select generic_plans > 0 as once, custom_plans > 0 as each_time, statement"
                    " from pg_prepared_statements where generic_plans + custom_plans > 0"
                )
    found = {row["statement"]: (row["once"], row["each_time"]) for row in plans}
    assert found[statements.statement("reads/domain")] == (True, False)
    assert found[statements.statement("reads/groups_by_uuid")] == (False, True)
    assert found[statements.statement("reads/queues_by_uuid")] == (False, True)


async def test_keys_are_read_once_for_each_plan(database: TestDatabase) -> None:
    keys = statements.uuids(UUID(int=number) for number in range(2))
    text = statements.statement("reads/calls_by_domain_newest")
    since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    arguments = (UUID(int=0), keys, "domain", keys, since, until, *[None] * 6, 10)
    async with database.owner() as owner:
        await owner.execute("set plan_cache_mode = force_custom_plan")
        plan = "\n".join(row[0] for row in await owner.fetch(f"explain {text}", *arguments))
    literal = "{" + keys + "}"
    assert f"user_uuid = ANY ('{literal}'::uuid[])" in plan
