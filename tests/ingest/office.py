"""A domain that the imports write, and plain SQL, as the owner, reads back."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec

from gateway.ingest.imports import (
    Counts,
    import_activities,
    import_calls,
    import_directory,
    undo,
)
from gateway.ingest.records import ActivityRecord, CallRecord, Directory, Line, Reject
from gateway.store.database import Database
from tests.conftest import TestDatabase

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
START = datetime(2026, 3, 2, 3, tzinfo=UTC)
HANOI = "Asia/Ho_Chi_Minh"
KEYS = UUID(int=7)


def key(name: object) -> UUID:
    """A uuid for a name, the same in every domain."""
    return uuid5(KEYS, str(name))


def call(name: object, **changes: Any) -> CallRecord:
    values = {
        "call_uuid": key(name),
        "started_at": START,
        "direction": "outbound",
        "status": "answered",
        "duration": 20,
        "billsec": 12,
        "extension": "101",
        **changes,
    }
    return CallRecord(**values)


def activity(name: object, **changes: Any) -> ActivityRecord:
    values = {
        "activity_uuid": key(name),
        "user_uuid": key("an"),
        "state": "pause",
        "started_at": START,
        "seconds": 60,
        **changes,
    }
    return ActivityRecord(**values)


def document(domain_uuid: UUID, name: str, **lists: Any) -> dict[str, Any]:
    """Users an (101), binh (102) and chi (104, 201); 103 is nobody's; the team sales."""
    extensions = {"101": "an", "102": "binh", "103": None, "104": "chi", "201": "chi"}
    return {
        "domain": {"domain_uuid": str(domain_uuid), "domain_name": name, "time_zone": HANOI},
        "departments": [{"department_uuid": str(key("front")), "department_name": "Front"}],
        "groups": [
            {
                "group_uuid": str(key("sales")),
                "group_name": "Sales",
                "department_uuid": str(key("front")),
            }
        ],
        "users": [
            {"user_uuid": str(key(user)), "username": user} for user in ("an", "binh", "chi")
        ],
        "extensions": [
            {
                "extension_uuid": str(key(number)),
                "extension": number,
                "user_uuid": user and str(key(user)),
            }
            for number, user in extensions.items()
        ],
        "group_members": [
            {"group_uuid": str(key("sales")), "user_uuid": str(key(user))}
            for user in ("an", "binh")
        ],
        "queues": [],
        **lists,
    }


class Office:
    def __init__(self, place: TestDatabase, database: Database, name: str = "office") -> None:
        self.place = place
        self.database = database
        self.name = name
        self.domain_uuid = uuid4()

    def document(self, **lists: Any) -> dict[str, Any]:
        return document(self.domain_uuid, self.name, **lists)

    async def directory(
        self, text: dict[str, Any] | None = None, *, now: datetime = NOW, **options: Any
    ) -> Counts:
        given = msgspec.convert(text or self.document(), Directory)
        return await import_directory(self.database, given, now, **options)

    async def calls(
        self, *records: CallRecord | Line[CallRecord] | Reject, **options: Any
    ) -> Counts:
        return await import_calls(self.database, self.domain_uuid, records, "test", NOW, **options)

    async def activities(self, *records: ActivityRecord | Reject, **options: Any) -> Counts:
        return await import_activities(
            self.database, self.domain_uuid, records, "test", NOW, **options
        )

    async def undo(self, counts: Counts) -> Counts:
        assert counts.batch_uuid is not None
        return await undo(self.database, self.domain_uuid, counts.batch_uuid, NOW)

    async def rows(self, table: str, order: str = "1") -> list[dict[str, Any]]:
        """All of the domain's rows, without what differs from import to import."""
        async with self.place.owner() as owner:
            return await self._rows(owner, table, order)

    async def _rows(self, owner: Any, table: str, order: str) -> list[dict[str, Any]]:
        found = await owner.fetch(
            f"select * from {table} where domain_uuid = $1 order by {order}",  # noqa: S608
            self.domain_uuid,
        )
        left_out = {"domain_uuid", "batch_uuid"}
        return [{k: v for k, v in row.items() if k not in left_out} for row in found]

    async def stored_calls(self) -> dict[UUID, dict[str, Any]]:
        return {row["call_uuid"]: row for row in await self.rows("calls", "call_uuid")}

    async def stored_call(self, name: object) -> dict[str, Any]:
        return (await self.stored_calls())[key(name)]

    async def version(self) -> int:
        (row,) = await self.rows("domains")
        version: int = row["data_version"]
        return version

    async def all(self) -> list[list[dict[str, Any]]]:
        """Everything that an import may change, data_version included."""
        tables = {
            "domains": "domain_name",
            "departments": "department_uuid",
            "groups": "group_uuid",
            "users": "user_uuid",
            "extensions": "extension_uuid",
            "group_members": "group_uuid, user_uuid",
            "queues": "queue_uuid",
            "calls": "call_uuid",
            "agent_activities": "activity_uuid",
            "import_changes": "record_uuid, data_version",
        }
        async with self.place.owner() as owner:
            return [await self._rows(owner, table, order) for table, order in tables.items()]


def outcome(counts: Counts) -> tuple[int, int, int, int, int]:
    """New, replaced, unchanged, deleted, rejected."""
    assert counts.read == sum(counts.figures[1:])
    return counts.figures[1:]


def reasons(rejects: Iterable[Reject]) -> list[tuple[int, str]]:
    return [(reject.line, reject.reason) for reject in rejects]
