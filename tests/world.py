"""Domains for tests, written row by row as the owner: nothing of the product's own writing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from gateway.period import zone
from gateway.store.rollups import ROLLUPS, Rollups

Connection = Any
HANOI = "Asia/Ho_Chi_Minh"


@dataclass
class World:
    """A domain. Methods add rows and give their uuids; `store` writes them all."""

    name: str = "example"
    time_zone: str = HANOI
    domain_uuid: UUID = field(default_factory=uuid4)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def _add(self, table: str, key: str, columns: dict[str, Any]) -> UUID:
        uuid: UUID = columns.pop("uuid", None) or uuid4()
        row = {"domain_uuid": self.domain_uuid, key: uuid, **columns}
        self.rows.setdefault(table, []).append(row)
        return uuid

    def department(self, name: str, **columns: Any) -> UUID:
        return self._add("departments", "department_uuid", {"department_name": name, **columns})

    def group(self, name: str, department: UUID | None = None, **columns: Any) -> UUID:
        columns = {"group_name": name, "department_uuid": department, **columns}
        return self._add("groups", "group_uuid", columns)

    def user(
        self,
        username: str,
        *,
        extensions: Sequence[str] = (),
        groups: Sequence[UUID] = (),
        **columns: Any,
    ) -> UUID:
        uuid = self._add("users", "user_uuid", {"username": username, **columns})
        for number in extensions:
            self.extension(number, uuid)
        for group in groups:
            self.rows.setdefault("group_members", []).append(
                {"domain_uuid": self.domain_uuid, "group_uuid": group, "user_uuid": uuid}
            )
        return uuid

    def extension(self, number: str, user: UUID | None = None, **columns: Any) -> UUID:
        columns = {"extension": number, "user_uuid": user, **columns}
        return self._add("extensions", "extension_uuid", columns)

    def number_of(self, user: UUID) -> dict[str, Any]:
        """The columns by which a call is credited to the user's lowest extension."""
        own = [row for row in self.rows.get("extensions", []) if row["user_uuid"] == user]
        lowest = min(own, key=lambda row: str(row["extension"]), default=None)
        if lowest is None:
            return {"user_uuid": user}
        return {
            "user_uuid": user,
            "extension_uuid": lowest["extension_uuid"],
            "extension": lowest["extension"],
        }

    def call(
        self,
        started_at: datetime,
        user: UUID | None = None,
        *,
        direction: str = "outbound",
        status: str = "answered",
        duration: int = 60,
        billsec: int | None = None,
        **columns: Any,
    ) -> UUID:
        talk = (duration // 2 if status == "answered" else 0) if billsec is None else billsec
        credit = {} if user is None else self.number_of(user)
        return self._add(
            "calls",
            "call_uuid",
            {
                "started_at": started_at,
                "direction": direction,
                "status": status,
                "duration": duration,
                "billsec": talk,
                "batch_uuid": self.domain_uuid,
                **credit,
                **columns,
            },
        )

    def activity(
        self, user: UUID, state: str, started_at: datetime, seconds: int | None, **columns: Any
    ) -> UUID:
        return self._add(
            "agent_activities",
            "activity_uuid",
            {
                "user_uuid": user,
                "state": state,
                "started_at": started_at,
                "seconds": seconds,
                "batch_uuid": self.domain_uuid,
                **columns,
            },
        )

    def queue(self, name: str, **columns: Any) -> UUID:
        return self._add("queues", "queue_uuid", {"queue_name": name, **columns})

    def batch(
        self, source: str, started_at: datetime, *, kind: str = "calls", **columns: Any
    ) -> UUID:
        """An import that is the latest of that source."""
        row = {"kind": kind, "source": f"{source}.csv", "started_at": started_at, **columns}
        uuid = self._add("import_batches", "batch_uuid", row)
        self.rows.setdefault("import_sources", []).append(
            {
                "domain_uuid": self.domain_uuid,
                "source": source,
                "kind": kind,
                "batch_uuid": uuid,
            }
        )
        return uuid

    async def store(self, connection: "asyncpg.Connection[asyncpg.Record]") -> "World":
        names = {"domain_uuid": self.domain_uuid, "domain_name": self.name}
        await _insert(connection, "domain_names", [names])
        await _insert(connection, "domains", [{**names, "time_zone": self.time_zone}])
        for table in (
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
        ):
            await _insert(connection, table, self.rows.get(table, []))
        await roll_up(connection, self.domain_uuid, self.time_zone)
        return self


async def roll_up(connection: Connection, domain_uuid: UUID, time_zone: str = HANOI) -> None:
    """Count the domain's rollups anew, after rows were written past the product's own writing."""
    async with connection.transaction():
        rollups = Rollups(connection, domain_uuid, zone(time_zone))
        for rollup in ROLLUPS:
            await rollups.rebuild(rollup)


async def _insert(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        alike.setdefault(tuple(row), []).append(tuple(row.values()))
    for columns, records in alike.items():
        await connection.copy_records_to_table(table, columns=columns, records=records)
