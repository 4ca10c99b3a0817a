"""A company with one of everything. Two of them differ in uuids and the domain's name only."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from tests.graphql.conftest import NOW
from tests.world import World

# 2026-03-10 in Hanoi is a Tuesday; NOW is 16:30 there on the day after.
TUESDAY = datetime(2026, 3, 10, 2, tzinfo=UTC)
TUESDAY_ONLY = {"days": {"from": "2026-03-10", "to": "2026-03-10"}}


class Company(World):
    """Uuids come from the domain's and the row's place in its table."""

    def _add(self, table: str, key: str, columns: dict[str, Any]) -> UUID:
        place = len(self.rows.get(table, []))
        columns.setdefault("uuid", uuid5(self.domain_uuid, f"{table} {place}"))
        return super()._add(table, key, columns)

    def uuids(self, table: str) -> list[UUID]:
        """The uuids of the table's rows in the order in which they were added."""
        return [uuid5(self.domain_uuid, f"{table} {n}") for n in range(len(self.rows[table]))]


def company(name: str = "example") -> Company:
    found = Company(name)
    sales, support = found.department("Sales"), found.department("Support")
    north = found.group("North", sales, group_weight=3)
    south = found.group("South", sales)
    care = found.group("Care", support)
    rights = found.group("admin", kind="permission")
    an = found.user(
        "an",
        extensions=["1001", "0099"],
        groups=[north, south],
        level="agent",
        first_name="An",
        middle_name="Văn",
        last_name="Nguyễn",
        email="an@example.test",
        add_date="2023-02-01 08:00:00",
        added_at=datetime(2023, 2, 1, 1, tzinfo=UTC),
    )
    binh = found.user("binh", extensions=["1002"], groups=[north], first_name="Bình")
    chi = found.user("chi", groups=[care, rights])
    found.user("lan", groups=[north], level="leader")
    found.user("mai", groups=[north, south], level="manager", extensions=["2000"])
    left = NOW - timedelta(days=1)
    gone = found.user("gone", groups=[care], removed_at=left)
    found.extension("1099", gone, removed_at=left)
    found.extension("3000")
    minutes = iter(range(1000))
    line = found.queue("Hotline", queue_extension="600")
    batch = found.batch("pbx", NOW, finished_at=NOW, read_count=9, new_count=8, rejected_count=1)
    from_pbx = {"source": "pbx", "batch_uuid": batch}

    def call(user: UUID | None, **columns: Any) -> None:
        moment = TUESDAY + timedelta(minutes=next(minutes))
        found.call(moment, user, **{"caller_number": "0901", "callee_number": "0902", **columns})

    call(
        an, duration=100, billsec=60, hangup_cause="NORMAL_CLEARING", status_rule="answered",
        source_key="1.1", **from_pbx,
    )  # fmt: skip
    call(an, status="no_answered", duration=30)
    call(an, direction="inbound", duration=50, billsec=40)
    call(binh, direction="local", status="busy", duration=5)
    call(chi, status="cancel", duration=7)
    call(gone, direction="inbound", duration=20, billsec=10)
    lost = {"direction": "inbound", "status": "busy_line", "duration": 90}
    call(None, **lost, **from_pbx, status_rule="queue", queue_uuid=line)
    call(None, direction="inbound", status="ivr", duration=15)
    call(None, extension="7777", status="invalid", duration=1)
    found.activity(an, "wait", TUESDAY, 3600)
    found.activity(an, "pause", TUESDAY + timedelta(hours=1), 600, pause_code="lunch")
    found.activity(an, "talk", TUESDAY + timedelta(hours=2), 900)
    found.activity(an, "dispo", TUESDAY + timedelta(hours=3), 300)
    found.activity(binh, "pause", NOW - timedelta(minutes=10), None)
    return found
