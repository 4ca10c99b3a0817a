"""Migrations: numbered SQL files, each applied once, in order, under a lock."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib import resources
from typing import Any, NamedTuple, TypeAlias

import asyncpg

from gateway.errors import ConfigurationError, DatabaseUnavailableError
from gateway.log import logger
from gateway.store.connecting import first_of, hosts
from gateway.store.embedded import SERVICE
from gateway.store.rollups import ROLLUPS, rebuild_all
from gateway.store.statements import statement

CONNECTING = 10
# The database may let its owner in later, without anybody changing a setting.
NOT_NOW = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
)
LOCK = 7_245_001_918_273
OLDEST_POSTGRESQL = 17
# How a migration's file begins after which writers of earlier releases must not write.
STOPS_WRITERS = "-- stops: writers\n"
# What SQL alone cannot do in a migration: local days are ours to tell. The tables that
# add a rollup up come with migrations of their own, which fill them.
AFTERWARDS = {
    rollup.table: partial(rebuild_all, rollup=rollup._replace(sums=())) for rollup in ROLLUPS
}

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_log = logger(__name__)


class Migration(NamedTuple):
    """`stops_writers`: what writers of earlier releases would leave undone from here on."""

    version: int
    name: str
    statements: list[str]
    stops_writers: bool


class Status(NamedTuple):
    """`applied` is the newest migration in the database, 0 if none; `known` is this release's."""

    applied: int
    known: int

    @property
    def current(self) -> bool:
        return self.applied == self.known

    @property
    def readable(self) -> bool:
        """Whether this release may answer: a newer database has all that the previous one reads."""
        return self.applied >= self.known


@cache
def migrations() -> Sequence[Migration]:
    found = []
    for file in resources.files("gateway.store").joinpath("sql", "migrations").iterdir():
        version, _, name = file.name.removesuffix(".sql").partition("_")
        text = file.read_text("utf-8")
        statements = [s for s in re.split(r";\s*\n", text + "\n") if s.strip()]
        found.append(Migration(int(version), name, statements, text.startswith(STOPS_WRITERS)))
    return sorted(found)


def known() -> int:
    """The newest migration of this release."""
    return migrations()[-1].version


async def status(connection: Any) -> Status:
    if not await connection.fetchval("select to_regclass('schema_migrations') is not null"):
        return Status(0, known())
    applied = await connection.fetchval("select coalesce(max(version), 0) from schema_migrations")
    return Status(applied, known())


async def migrate(owner_url: str, service_login: str | None = None) -> list[Migration]:
    """Bring the database up to this release and let `service_login` act as the service's role.

    Safe to run again and by several processes at once. Returns what was applied.
    """
    async with _locked(owner_url) as connection:
        await _check_version(connection)
        await _ensure_service_role(connection)
        await _ensure_table(connection)
        present = await status(connection)
        if present.applied > present.known:
            raise ConfigurationError(
                f"The database is at migration {present.applied}, newer than this release knows"
                f" ({present.known}): install the newer release."
            )
        pending = [m for m in migrations() if m.version > present.applied]
        for migration in pending:
            await _apply(connection, migration)
        await _admit(connection, service_login)
        return pending


async def domain_names(owner_url: str) -> list[str]:
    """Of all domains, in order."""
    async with _locked(owner_url) as connection:
        return [row["domain_name"] for row in await connection.fetch(statement("upkeep/domains"))]


async def _ensure_table(connection: Connection) -> None:
    """The table of what was applied. It is not touched where it is as it should be: whoever writes
    has looked into it, and nobody shall wait for them to end.
    """
    await connection.execute(
        "create table if not exists schema_migrations"
        " (version integer primary key, name text not null,"
        " applied_at timestamptz not null default now(),"
        " stops_writers boolean not null default false)"
    )
    if not await connection.fetchval(
        "select true from pg_attribute"
        " where attrelid = 'schema_migrations'::regclass and attname = 'stops_writers'"
    ):
        await connection.execute(
            "alter table schema_migrations add column stops_writers boolean not null default false"
        )


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        if migration.stops_writers:
            # Who writes holds a row of it: their transactions end first, and the next ones begin
            # when this one has ended, and look then at what was applied. Readers do not notice.
            await connection.execute("lock table domains in exclusive mode")
        for statement in migration.statements:
            await connection.execute(statement)
        if migration.name in AFTERWARDS:
            await AFTERWARDS[migration.name](connection)
        await connection.execute(
            "insert into schema_migrations (version, name, stops_writers) values ($1, $2, $3)",
            migration.version,
            migration.name,
            migration.stops_writers,
        )
    _log.info("migrated", version=migration.version, name=migration.name)


@asynccontextmanager
async def _locked(owner_url: str) -> AsyncIterator[Connection]:
    try:
        # A migration may change the types of what was read before it.
        _, connection = await first_of(hosts(owner_url), CONNECTING, statement_cache_size=0)
    except NOT_NOW as error:
        raise DatabaseUnavailableError(
            f"The database does not answer its owner: {str(error) or 'no answer'}"
        ) from error
    except (asyncpg.PostgresError, ValueError) as error:
        raise ConfigurationError(f"The database does not let its owner in: {error}") from None
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        yield connection
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigurationError(
            f"GATEWAY_OWNER_DATABASE_URL: {error}. The owner of the database is needed."
        ) from None
    finally:
        await connection.close()


async def _check_version(connection: Connection) -> None:
    major = connection.get_server_version().major
    if major < OLDEST_POSTGRESQL:
        raise ConfigurationError(
            f"PostgreSQL {OLDEST_POSTGRESQL} or newer is needed; this is {major}."
        )


async def _ensure_service_role(connection: Connection) -> None:
    if await connection.fetchval("select true from pg_roles where rolname = $1", SERVICE):
        return
    try:
        await connection.execute(f"create role {SERVICE}")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return  # the migration of another database, at the same moment
    except asyncpg.InsufficientPrivilegeError:
        raise ConfigurationError(
            f"The owner may not create roles: run, as a superuser, «create role {SERVICE};»."
        ) from None


async def _admit(connection: Connection, login: str | None) -> None:
    """Make the service's login a member of the service's role."""
    if login is None or await connection.fetchval(
        "select pg_has_role(rolname, $2, 'usage') from pg_roles where rolname = $1", login, SERVICE
    ):
        return
    quoted = '"' + login.replace('"', '""') + '"'
    try:
        await connection.execute(f"grant {SERVICE} to {quoted}")
    except (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedObjectError) as error:
        raise ConfigurationError(
            f"{login} cannot be made a member of {SERVICE} ({error}):"
            f" run, as a superuser, «grant {SERVICE} to {quoted};»."
        ) from None
