"""A firm whose every call and pause lasts another power of two: a sum tells who was counted."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from gateway.viewer import Role
from tests.world import World

NOON = datetime(2026, 3, 10, 5, tzinfo=UTC)  # in Hanoi
DAY = {"days": {"from": "2026-03-10", "to": "2026-03-10"}}
REST_DAY = {"start_time": "2026-03-10", "end_time": "2026-03-10"}

GROUPS: Mapping[str, str | None] = {
    "North": "Sales",
    "South": "Sales",
    "Care": "Support",
    "Night": None,
    "rights": "Support",  # which gives its members nothing of Support
    "Empty": "Void",
}


class Person(NamedTuple):
    level: str
    groups: tuple[str, ...]
    seconds: int
    extensions: tuple[str, ...]


PEOPLE: Mapping[str, Person] = {
    "boss": Person("admin", (), 1, ("9000",)),
    "mai": Person("manager", ("North",), 2, ("8001",)),
    "max": Person("manager", ("South",), 4, ("8002",)),
    "lan": Person("leader", ("North", "rights"), 8, ("8003",)),
    "lou": Person("leader", ("Care",), 16, ("8004",)),
    "an": Person("agent", ("North",), 32, ("1001", "1002")),
    "binh": Person("", ("South",), 64, ("1003",)),
    "chi": Person("agent", ("Care", "Night"), 128, ("1004",)),
    "duc": Person("agent", ("North", "Care"), 256, ("1005",)),
    "gone": Person("agent", ("South",), 512, ()),
    "solo": Person("agent", ("rights",), 1024, ("1006",)),
    "zoe": Person("leader", ("Night",), 2048, ()),
}
EVERYONE = frozenset(PEOPLE)
REMOVED = frozenset({"gone"})
# Calls that are not of somebody's own extension: an's extension was max's before.
OF_MAX_BY_1001 = 4096
LOST = 8192
BY_UNASSIGNED = 16384
UNASSIGNED = "7000"


class Firm(World):
    """Uuids follow from the domain's uuid and the name of the thing."""

    def uuid(self, name: str) -> UUID:
        return uuid5(self.domain_uuid, name)

    def uuids(self) -> dict[str, list[UUID]]:
        """Of every type, every uuid."""
        calls = [*(person.seconds for person in PEOPLE.values()), OF_MAX_BY_1001, LOST]
        numbers = [number for person in PEOPLE.values() for number in person.extensions]
        return {
            "User": [self.uuid(name) for name in PEOPLE],
            "Extension": [self.uuid(number) for number in (*numbers, UNASSIGNED)],
            "Group": [self.uuid(name) for name in GROUPS],
            "Department": [self.uuid(name) for name in departments(GROUPS)],
            "Call": [self.uuid(f"call {seconds}") for seconds in (*calls, BY_UNASSIGNED)],
            "Queue": [self.uuid("line")],
            "ImportBatch": [self.uuid("batch")],
            "Domain": [self.domain_uuid],
        }


def firm(name: str = "firm") -> Firm:
    found = Firm(name)
    for department in departments(GROUPS):
        found.department(department, uuid=found.uuid(department))
    for group, its in GROUPS.items():
        kind = "permission" if group == "rights" else "team"
        found.group(
            group, None if its is None else found.uuid(its), uuid=found.uuid(group), kind=kind
        )
    found.queue("line", uuid=found.uuid("line"))
    found.batch("pbx", NOON, uuid=found.uuid("batch"))
    for username, person in PEOPLE.items():
        _add(found, username, person)
    found.extension(UNASSIGNED, uuid=found.uuid(UNASSIGNED))
    others: tuple[tuple[int, str | None, str | None], ...] = (
        (OF_MAX_BY_1001, "max", "1001"),
        (LOST, None, None),
        (BY_UNASSIGNED, None, UNASSIGNED),
    )
    for seconds, user, number in others:
        found.call(
            NOON + timedelta(seconds=seconds),
            uuid=found.uuid(f"call {seconds}"),
            duration=seconds,
            direction="inbound" if user is None else "outbound",
            status="busy_line" if user is None else "answered",
            user_uuid=None if user is None else found.uuid(user),
            extension_uuid=None if number is None else found.uuid(number),
            extension=number or "",
            caller_number=f"+84{seconds}",
            callee_number=f"{found.name}{seconds}",
        )
    return found


def _add(found: Firm, username: str, person: Person) -> None:
    user = found.user(
        username,
        uuid=found.uuid(username),
        groups=[found.uuid(group) for group in person.groups],
        level=person.level,
        first_name=found.name,
        email=f"{username}@{found.name}.test",
        removed_at=NOON if username in REMOVED else None,
    )
    for number in person.extensions:
        found.extension(number, user, uuid=found.uuid(number))
    found.call(
        NOON,
        user,
        uuid=found.uuid(f"call {person.seconds}"),
        duration=person.seconds,
        caller_number=f"+84{person.seconds}",
        callee_number=f"{found.name}{person.seconds}",
    )
    found.activity(user, "pause", NOON, person.seconds)


def departments(groups: Iterable[str]) -> set[str]:
    return {name for group in groups if (name := GROUPS[group]) is not None}


def members(*groups: str) -> set[str]:
    return {name for name, person in PEOPLE.items() if {*groups} & {*person.groups}}


def within(department: str) -> set[str]:
    return members(*(group for group, its in GROUPS.items() if its == department))


class Asker(NamedTuple):
    """A token, and, written down by hand, what it sees."""

    role: Role
    user: str | None
    in_effect: Role
    people: frozenset[str]
    groups: frozenset[str]

    @property
    def whole(self) -> bool:
        return self.in_effect.sees_domain

    @property
    def living(self) -> set[str]:
        return {*self.people} - REMOVED

    @property
    def departments(self) -> set[str]:
        return departments(self.groups)

    @property
    def extensions(self) -> set[str]:
        own = {number for name in self.people for number in PEOPLE[name].extensions}
        return own | {UNASSIGNED} if self.whole else own

    @property
    def calls(self) -> set[int]:
        """By their length."""
        found = {PEOPLE[name].seconds for name in self.people}
        if "max" in self.people:
            found.add(OF_MAX_BY_1001)
        return found | {LOST, BY_UNASSIGNED} if self.whole else found

    def pauses(self, people: Iterable[str]) -> int:
        return sum(PEOPLE[name].seconds for name in {*people} & self.people)

    def seconds(self, people: Iterable[str]) -> int:
        """What the calls of those people add up to, as far as they are seen."""
        extra = OF_MAX_BY_1001 if "max" in {*people} & self.people else 0
        return self.pauses(people) + extra


def _asker(
    role: str, user: str | None, people: str, groups: str, in_effect: str | None = None
) -> Asker:
    return Asker(
        Role(role),
        user,
        Role(in_effect or role),
        frozenset(people.split()),
        frozenset(groups.split()),
    )


ALL = " ".join(PEOPLE)
TEAMS = "North South Care Night rights Empty"
ASKERS: Mapping[str, Asker] = {
    "superadmin": _asker("superadmin", None, ALL, TEAMS),
    "admin": _asker("admin", None, ALL, TEAMS),
    "boss": _asker("admin", "boss", ALL, TEAMS),
    # The other manager is no lower; the administrator is of no team.
    "mai": _asker("manager", "mai", "mai lan an duc binh gone", "North South Care rights"),
    "max": _asker("manager", "max", "max lan an duc binh gone", "North South Care rights"),
    # Who shares a permission group only, as solo does with lan, is not seen.
    "lan": _asker("leader", "lan", "lan an duc binh gone", "North South Care rights"),
    "lou": _asker("leader", "lou", "lou chi duc", "Care North Night"),
    "zoe": _asker("leader", "zoe", "zoe chi", "Night Care"),
    "mai as leader": _asker("leader", "mai", "mai an duc binh gone", "North South Care"),
    "boss as manager": _asker("manager", "boss", "boss", ""),
    "lan as agent": _asker("agent", "lan", "lan", "North rights"),
    "an": _asker("agent", "an", "an", "North"),
    "binh": _asker("agent", "binh", "binh", "South"),
    "solo": _asker("agent", "solo", "solo", "rights"),
}
