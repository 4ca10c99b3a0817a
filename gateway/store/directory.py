"""Reads of the directory: who and what is there.

`<what>_by_<key>` gives {key: row} or {key: [rows]}; a key without an answer is missing, or has an
empty list. `<what>_page` gives rows in order, each with the `position` that a cursor is made of.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

from gateway.store.rows import DepartmentRow, ExtensionRow, GroupRow, QueueRow, Row, UserRow
from gateway.store.snapshot import Snapshot
from gateway.store.statements import uuids

AnyRow = TypeVar("AnyRow", bound=Row)


class UserFilter(NamedTuple):
    """None: any. Groups and departments: members of one of them.

    Who has no level ranks as an agent, and counts as one.
    """

    groups: tuple[UUID, ...] | None = None
    departments: tuple[UUID, ...] | None = None
    levels: tuple[str, ...] | None = None
    has_extension: bool | None = None
    search: str | None = None

    @property
    def _levels(self) -> tuple[str, ...] | None:
        return (*self.levels, "") if self.levels and "agent" in self.levels else self.levels

    @property
    def parameters(self) -> tuple[object, ...]:
        return (
            _keys(self.groups),
            _keys(self.departments),
            self._levels,
            self.has_extension,
            _pattern(self.search),
        )


class ExtensionFilter(NamedTuple):
    has_user: bool | None = None
    search: str | None = None

    @property
    def parameters(self) -> tuple[object, ...]:
        return (self.has_user, _pattern(self.search))


class GroupFilter(NamedTuple):
    kinds: tuple[str, ...] | None = None
    departments: tuple[UUID, ...] | None = None
    search: str | None = None

    @property
    def parameters(self) -> tuple[object, ...]:
        return (self.kinds, _keys(self.departments), _pattern(self.search))


class Order(NamedTuple):
    """By which key of the statement a page is sorted, and whether the highest comes first."""

    key: str
    descending: bool = False


class Position(NamedTuple):
    """The last row of the page before: its sort key and its uuid."""

    key: str
    uuid: UUID


EVERY_USER = UserFilter()
EVERY_EXTENSION = ExtensionFilter()
EVERY_GROUP = GroupFilter()
BY_USERNAME = Order("USERNAME")
BY_NUMBER = Order("EXTENSION")


async def users_by_uuid(snapshot: Snapshot, keys: Iterable[UUID]) -> Mapping[UUID, UserRow]:
    rows = await snapshot.rows("users_by_uuid", uuids(keys), row=UserRow)
    return {row["uuid"]: row for row in rows}


async def users_ever(snapshot: Snapshot) -> Mapping[UUID, UserRow]:
    """Every user by uuid, in that order; a removed one has `removed_at`."""
    rows = await snapshot.rows("users_ever", row=UserRow)
    return {row["uuid"]: row for row in rows}


async def users_by_username(snapshot: Snapshot, keys: Iterable[str]) -> Mapping[str, UserRow]:
    rows = await snapshot.rows("users_by_username", list(keys), row=UserRow)
    return {row["username"]: row for row in rows}


async def users_by_group(
    snapshot: Snapshot, keys: Collection[UUID]
) -> Mapping[UUID, Sequence[UserRow]]:
    """Living members, each once, by username."""
    return await _grouped(snapshot, "users_by_group", keys, row=UserRow)


async def users_by_department(
    snapshot: Snapshot, keys: Collection[UUID]
) -> Mapping[UUID, Sequence[UserRow]]:
    """Living members of the department's groups, each once, by username."""
    return await _grouped(snapshot, "users_by_department", keys, row=UserRow)


async def superiors_by_user(
    snapshot: Snapshot, keys: Collection[UUID], level: str
) -> Mapping[UUID, Sequence[UserRow]]:
    """Users of that level who share a team with the user and rank higher than it."""
    return await _grouped(snapshot, "superiors_by_user", keys, level, row=UserRow)


async def users_page(
    snapshot: Snapshot,
    limit: int,
    after: Position | None = None,
    matching: UserFilter = EVERY_USER,
    order: Order = BY_USERNAME,
) -> Sequence[UserRow]:
    return await snapshot.rows(
        "users_page", *matching.parameters, *order, *(after or (None, None)), limit, row=UserRow
    )


async def users_count(snapshot: Snapshot, matching: UserFilter = EVERY_USER) -> int:
    return _count(await snapshot.rows("users_count", *matching.parameters))


async def extensions_by_uuid(
    snapshot: Snapshot, keys: Iterable[UUID]
) -> Mapping[UUID, ExtensionRow]:
    rows = await snapshot.rows("extensions_by_uuid", uuids(keys), row=ExtensionRow)
    return {row["uuid"]: row for row in rows}


async def extensions_ever(snapshot: Snapshot) -> Mapping[UUID, ExtensionRow]:
    """Every extension by uuid, the lowest number first; a removed one has `removed_at`."""
    rows = await snapshot.rows("extensions_ever", row=ExtensionRow)
    return {row["uuid"]: row for row in rows}


async def extensions_by_number(
    snapshot: Snapshot, keys: Iterable[str]
) -> Mapping[str, ExtensionRow]:
    rows = await snapshot.rows("extensions_by_number", list(keys), row=ExtensionRow)
    return {row["extension"]: row for row in rows}


async def extensions_by_user(
    snapshot: Snapshot, keys: Collection[UUID]
) -> Mapping[UUID, Sequence[ExtensionRow]]:
    """Living extensions, the lowest number first."""
    return await _grouped(snapshot, "extensions_by_user", keys, row=ExtensionRow)


async def extensions_page(
    snapshot: Snapshot,
    limit: int,
    after: Position | None = None,
    matching: ExtensionFilter = EVERY_EXTENSION,
    order: Order = BY_NUMBER,
) -> Sequence[ExtensionRow]:
    last = None if after is None else after.key
    return await snapshot.rows(
        "extensions_page", *matching.parameters, order.descending, last, limit, row=ExtensionRow
    )


async def extensions_count(snapshot: Snapshot, matching: ExtensionFilter = EVERY_EXTENSION) -> int:
    return _count(await snapshot.rows("extensions_count", *matching.parameters))


async def groups_by_uuid(snapshot: Snapshot, keys: Iterable[UUID]) -> Mapping[UUID, GroupRow]:
    rows = await snapshot.rows("groups_by_uuid", uuids(keys), row=GroupRow)
    return {row["uuid"]: row for row in rows}


async def groups_by_user(
    snapshot: Snapshot, keys: Collection[UUID], matching: GroupFilter = EVERY_GROUP
) -> Mapping[UUID, Sequence[GroupRow]]:
    return await _grouped(snapshot, "groups_by_user", keys, *matching.parameters, row=GroupRow)


async def groups_by_department(
    snapshot: Snapshot, keys: Collection[UUID], matching: GroupFilter = EVERY_GROUP
) -> Mapping[UUID, Sequence[GroupRow]]:
    return await _grouped(
        snapshot, "groups_by_department", keys, *matching.parameters, row=GroupRow
    )


async def groups_page(
    snapshot: Snapshot,
    limit: int,
    after: Position | None = None,
    matching: GroupFilter = EVERY_GROUP,
) -> Sequence[GroupRow]:
    return await snapshot.rows(
        "groups_page", *matching.parameters, *(after or (None, None)), limit, row=GroupRow
    )


async def groups_count(snapshot: Snapshot, matching: GroupFilter = EVERY_GROUP) -> int:
    return _count(await snapshot.rows("groups_count", *matching.parameters))


async def queues_by_uuid(snapshot: Snapshot, keys: Iterable[UUID]) -> Mapping[UUID, QueueRow]:
    rows = await snapshot.rows("queues_by_uuid", uuids(keys), row=QueueRow)
    return {row["uuid"]: row for row in rows}


async def departments_by_uuid(
    snapshot: Snapshot, keys: Iterable[UUID]
) -> Mapping[UUID, DepartmentRow]:
    rows = await snapshot.rows("departments_by_uuid", uuids(keys), row=DepartmentRow)
    return {row["uuid"]: row for row in rows}


async def departments_by_user(
    snapshot: Snapshot, keys: Collection[UUID]
) -> Mapping[UUID, Sequence[DepartmentRow]]:
    """The distinct departments of the user's groups."""
    return await _grouped(snapshot, "departments_by_user", keys, row=DepartmentRow)


async def departments_page(
    snapshot: Snapshot, limit: int, after: Position | None = None
) -> Sequence[DepartmentRow]:
    return await snapshot.rows(
        "departments_page", *(after or (None, None)), limit, row=DepartmentRow
    )


async def departments_count(snapshot: Snapshot) -> int:
    return _count(await snapshot.rows("departments_count"))


def _keys(keys: Iterable[UUID] | None) -> str | None:
    return None if keys is None else uuids(keys)


def _pattern(search: str | None) -> str | None:
    """An ILIKE pattern for texts that contain the searched one, taken literally."""
    if search is None:
        return None
    for special in "\\%_":
        search = search.replace(special, f"\\{special}")
    return f"%{search}%"


async def _grouped(
    snapshot: Snapshot, name: str, keys: Collection[UUID], *arguments: object, row: type[AnyRow]
) -> Mapping[UUID, Sequence[AnyRow]]:
    """{key: its rows}. The key that a row tells is an object of its own: the hash of a UUID takes
    longer than that of its bytes.
    """
    groups: dict[bytes, list[AnyRow]] = {}
    for each in await snapshot.rows(name, uuids(keys), *arguments, row=row):
        groups.setdefault(each["key"].bytes, []).append(each)
    return {key: found for key in keys if (found := groups.get(key.bytes))}


def _count(rows: Sequence[Row]) -> int:
    total: int = rows[0]["total"]
    return total
