"""Who the figures are of: users and extensions as the rows show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.store import directory
from gateway.store.directory import GroupFilter
from gateway.store.rows import ExtensionRow, UserRow
from gateway.store.snapshot import Snapshot
from gateway.viewer import Viewer

NOBODY: Mapping[str, Any] = dict.fromkeys(
    ("uuid", "username", "first_name", "middle_name", "last_name", "email")
)
NO_EXTENSION: Mapping[str, Any] = {"extension_uuid": None, "extension": None}


@dataclass(frozen=True, slots=True)
class People:
    """The domain's users and extensions, the removed too, and the extensions that users have now,
    the lowest number first.
    """

    viewer: Viewer
    users: Mapping[UUID, UserRow]
    extensions: Mapping[UUID, ExtensionRow]
    extensions_by_user: Mapping[UUID, list[ExtensionRow]]

    @property
    def living(self) -> list[UUID]:
        return [uuid for uuid, user in self.users.items() if user["removed_at"] is None]

    def user(self, user_uuid: UUID | None) -> Mapping[str, Any]:
        found = None if user_uuid is None else self.users.get(user_uuid)
        return NOBODY if found is None else _readable(self.viewer, found)

    def user_of_extension(self, extension_uuid: UUID | None) -> Mapping[str, Any]:
        """Whose the extension is, or was when it was removed."""
        found = None if extension_uuid is None else self.extensions.get(extension_uuid)
        return self.user(None if found is None else found["user_uuid"])

    def first_extension(self, user_uuid: UUID) -> Mapping[str, Any]:
        """The user's extension with the lowest number."""
        found = self.extensions_by_user.get(user_uuid)
        return extension_columns(found[0]) if found else NO_EXTENSION


def extension_columns(extension: ExtensionRow) -> Mapping[str, Any]:
    return {"extension_uuid": extension["uuid"], "extension": extension["extension"]}


async def people_of(snapshot: Snapshot) -> People:
    users = await directory.users_ever(snapshot)
    extensions = await directory.extensions_ever(snapshot)
    by_user: dict[UUID, list[ExtensionRow]] = {}
    for extension in extensions.values():
        if extension["removed_at"] is None and extension["user_uuid"] is not None:
            by_user.setdefault(extension["user_uuid"], []).append(extension)
    return People(snapshot.viewer, users, extensions, by_user)


async def memberships(
    snapshot: Snapshot, users: Iterable[UUID], kinds: tuple[str, ...] | None = None
) -> Mapping[UUID, Mapping[str, Any]]:
    """{user: groups and departments}."""
    users = list(users)
    groups = await directory.groups_by_user(snapshot, users, GroupFilter(kinds=kinds))
    departments = await directory.departments_by_user(snapshot, users)
    domain = {"domain_uuid": snapshot.domain_uuid}
    return {
        user: {
            "groups": groups.get(user),
            "departments": [{**row, **domain} for row in departments.get(user, ())],
        }
        for user in users
    }


async def superiors(
    snapshot: Snapshot, people: People, users: Iterable[UUID]
) -> Mapping[UUID, Mapping[str, Any]]:
    """{user: leaders and managers}."""
    users = list(users)
    by_level = {
        "leaders": await directory.superiors_by_user(snapshot, users, "leader"),
        "managers": await directory.superiors_by_user(snapshot, users, "manager"),
    }
    return {
        user: {
            key: [
                {**_readable(snapshot.viewer, row), **people.first_extension(row["uuid"])}
                for row in found.get(user, ())
            ]
            for key, found in by_level.items()
        }
        for user in users
    }


def _readable(viewer: Viewer, user: UserRow) -> Mapping[str, Any]:
    """The user's row, without what the viewer may not read of it."""
    row = dict(user)
    return row if viewer.reads("email", user["uuid"]) else {**row, "email": None}
