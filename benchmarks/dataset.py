"""The data that are measured: made once per size, in an embedded PostgreSQL of their own."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from uuid import NAMESPACE_DNS, UUID, uuid5

import asyncpg

from gateway.store.embedded import OWNER, SERVICE, Embedded
from gateway.store.migrate import migrate
from gateway.store.rollups import ROLLUPS, rebuild_all

FOLDER = Path(__file__).parent / ".data"
SQL = Path(__file__).parent / "sql"
MADE = "made"

TIME_ZONE = "Asia/Ho_Chi_Minh"
FIRST_DAY = "2026-03-01"
LAST_DAY = "2026-03-31"
DAYS = 31
# The first day's beginning in that zone, which has no summer time.
BEGINS = datetime(2026, 2, 28, 17, tzinfo=UTC)

USERS = 200
USERS_ELSEWHERE = 100
GROUPS = 10
DEPARTMENTS = 4

Connection: TypeAlias = "asyncpg.Connection[Any]"


class Domain(NamedTuple):
    name: str
    users: int
    calls: int

    @property
    def uuid(self) -> UUID:
        return uuid5(NAMESPACE_DNS, self.name)


MEASURED = uuid5(NAMESPACE_DNS, "measured.example")
# As sql/groups.sql makes it.
MEASURED_GROUP = UUID(
    bytes=hashlib.md5(f"{MEASURED} group 0".encode(), usedforsecurity=False).digest()
)


class Size(NamedTuple):
    """`measured` of the `calls` are those of the measured domain."""

    name: str
    domains: int
    calls: int
    measured: int

    def each(self) -> list[Domain]:
        """The measured domain, and its neighbours, who share the other calls."""
        others = self.domains - 1
        rest = self.calls - self.measured
        return [
            Domain("measured.example", USERS, self.measured),
            *(
                Domain(f"neighbour{n}.example", USERS_ELSEWHERE, rest // others)
                for n in range(others)
            ),
        ]


class Sizes(NamedTuple):
    """One data directory: the size that is measured, and its measured domain with ten times the
    calls, in a database of its own.
    """

    usual: Size
    tenfold: Size


FULL = Sizes(
    Size("full", 20, 5_000_000, 1_000_000), Size("full_tenfold", 1, 10_000_000, 10_000_000)
)
QUICK = Sizes(Size("quick", 20, 250_000, 50_000), Size("quick_tenfold", 1, 500_000, 500_000))


async def made(embedded: Embedded, size: Size) -> None:
    """Make the database of that size, unless it stands as this recipe makes it."""
    mark = embedded.data_dir / f"{MADE}-{size.name}"
    recipe = _recipe(size)
    if mark.exists() and mark.read_text() == recipe:
        await migrate(embedded.url(OWNER, size.name), SERVICE)
        return
    mark.unlink(missing_ok=True)
    await _fresh(embedded, size.name)
    await migrate(embedded.url(OWNER, size.name), SERVICE)
    connection = await asyncpg.connect(embedded.url(OWNER, size.name))
    try:
        await filled(connection, size)
    finally:
        await connection.close()
    mark.write_text(recipe)


async def filled(connection: Connection, size: Size) -> None:
    """Fill a migrated, empty database, as its owner."""
    for domain in size.each():
        await _directory(connection, domain)
        await _calls(connection, domain)
    for rollup in ROLLUPS:
        async with connection.transaction():
            await rebuild_all(connection, rollup)
    # Else the first reads would write the hint bits, and be measured doing it.
    await connection.execute("vacuum (analyze)")


async def _directory(connection: Connection, domain: Domain) -> None:
    await connection.execute(
        "insert into domain_names (domain_uuid, domain_name) values ($1, $2)",
        domain.uuid,
        domain.name,
    )
    await connection.execute(
        "insert into domains (domain_uuid, domain_name, time_zone) values ($1, $2, $3)",
        domain.uuid,
        domain.name,
        TIME_ZONE,
    )
    for statement, arguments in (
        ("departments", (DEPARTMENTS,)),
        ("groups", (GROUPS, DEPARTMENTS)),
        ("users", (domain.users, GROUPS, DEPARTMENTS)),
        ("extensions", (domain.users,)),
        ("group_members", (domain.users, GROUPS, DEPARTMENTS)),
    ):
        await connection.execute(_statement(statement), domain.uuid, *arguments)


async def _calls(connection: Connection, domain: Domain) -> None:
    seconds = DAYS * 86_400
    await connection.execute(
        _statement("calls"), domain.uuid, domain.users, domain.calls, BEGINS, seconds
    )


async def _fresh(embedded: Embedded, database: str) -> None:
    connection = await asyncpg.connect(embedded.url(OWNER, "postgres"))
    try:
        await connection.execute(f'drop database if exists "{database}" with (force)')
        await connection.execute(f'create database "{database}"')
    finally:
        await connection.close()


def _statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def _recipe(size: Size) -> str:
    """What the data depend on, so that they are made anew when it changes."""
    texts = [path.read_text("utf-8") for path in sorted(SQL.glob("*.sql"))]
    known = repr((size, TIME_ZONE, BEGINS, DAYS, USERS, USERS_ELSEWHERE, GROUPS, DEPARTMENTS))
    return hashlib.sha256("\0".join([known, *texts]).encode()).hexdigest()
