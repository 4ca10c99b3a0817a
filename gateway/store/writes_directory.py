"""Writes of the directory: what is there, and what is to be put into or taken out of each table."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from gateway.errors import ImportRefusedError
from gateway.store.database import SET_DOMAIN_NAME, Database
from gateway.store.snapshot import Connection
from gateway.store.statements import statement
from gateway.store.writes import Writer, writer_of

Key = tuple[UUID, ...]
Rows = Mapping[Key, Mapping[str, Any]]


class Table(NamedTuple):
    """The first `keys` columns are its key, beside the domain's.

    `unique`, if set, is unique among the living rows: those that have no `removed_at`.
    """

    name: str
    columns: tuple[str, ...]
    keys: int = 1
    unique: str | None = None

    def key(self, row: Mapping[str, Any]) -> Key:
        return tuple(row[column] for column in self.columns[: self.keys])

    def living_name(self, row: Mapping[str, Any]) -> str | None:
        """The row's unique name; None if it has none, or had one and is removed."""
        if self.unique is None or row["removed_at"] is not None:
            return None
        name: str = row[self.unique]
        return name


DEPARTMENTS = Table("departments", ("department_uuid", "department_name"))
GROUPS = Table("groups", ("group_uuid", "group_name", "group_weight", "kind", "department_uuid"))
USERS = Table(
    "users",
    (
        "user_uuid", "username", "first_name", "middle_name", "last_name", "email", "level",
        "add_date", "added_at", "removed_at",
    ),
    unique="username",
)  # fmt: skip
EXTENSIONS = Table(
    "extensions",
    ("extension_uuid", "extension", "user_uuid", "removed_at"),
    unique="extension",
)
GROUP_MEMBERS = Table("group_members", ("group_uuid", "user_uuid"), keys=2)
QUEUES = Table("queues", ("queue_uuid", "queue_name", "queue_extension"))

# Each table after those that it refers to.
TABLES = (DEPARTMENTS, GROUPS, USERS, EXTENSIONS, GROUP_MEMBERS, QUEUES)


class Change(NamedTuple):
    """Rows to put, rows to take out, and living rows whose unique name moves to another row."""

    put: Rows
    drop: Collection[Key]
    moving: Collection[Key]

    def __bool__(self) -> bool:
        return bool(self.put or self.drop)


@asynccontextmanager
async def opened(
    database: Database, domain_uuid: UUID, domain_name: str, time_zone: str
) -> AsyncIterator[tuple[Writer, bool]]:
    """A transaction that holds the domain, which is made if it is new; and whether it is new."""
    async with database.writing(domain_uuid) as connection:
        new = await _name(connection, domain_uuid, domain_name, time_zone)
        writer = await writer_of(connection, domain_uuid)
        assert writer is not None  # noqa: S101  # it was there, or was just made
        yield writer, new


async def _name(
    connection: Connection, domain_uuid: UUID, domain_name: str, time_zone: str
) -> bool:
    """Take the name for the domain; whether the domain is new."""
    await connection.execute(SET_DOMAIN_NAME, domain_name)
    owner = await connection.fetchval(statement("writes/domain_named"), domain_name)
    if owner == domain_uuid:
        return False
    if owner is not None:
        raise _taken(domain_name)
    try:
        made = await connection.execute(
            statement("writes/domain_add"), domain_uuid, domain_name, time_zone
        )
        new = made == "INSERT 0 1"
        name = "writes/domain_register" if new else "writes/domain_rename"
        await connection.execute(statement(name), domain_uuid, domain_name)
    except asyncpg.UniqueViolationError:
        raise _taken(domain_name) from None
    return new


def _taken(domain_name: str) -> ImportRefusedError:
    return ImportRefusedError(
        f'domain.domain_name: another domain has the name "{domain_name}" already:'
        " choose another, or write that domain's own domain_uuid."
    )


async def stored(writer: Writer, table: Table) -> Rows:
    """{key: row} of all of the domain's rows, the removed too."""
    rows = await writer.fetch(f"{table.name}_list")
    return {table.key(row): row for row in map(dict, rows)}


async def put(writer: Writer, table: Table, change: Change, now: datetime) -> None:
    """Put rows; first free the names that move, whatever the order they move in."""
    if table.unique is not None:
        await _drop(writer, table, [*change.drop, *change.moving], now)
    if change.put:
        rows = change.put.values()
        await writer.execute(
            f"{table.name}_put",
            *([_text(row[column]) for row in rows] for column in table.columns),
        )


async def drop(writer: Writer, table: Table, change: Change, now: datetime) -> None:
    """Take rows out of a table that keeps no removed ones."""
    if table.unique is None:
        await _drop(writer, table, list(change.drop), now)


async def _drop(writer: Writer, table: Table, keys: list[Key], now: datetime) -> None:
    if not keys:
        return
    columns = [[str(part) for part in column] for column in zip(*keys, strict=True)]
    arguments = columns if table.unique is None else [*columns, now]
    await writer.execute(f"{table.name}_drop", *arguments)


def _text(value: Any) -> str | None:
    """A value for an array of texts, which PostgreSQL casts."""
    return None if value is None else str(value)
