"""The demo's company: who works there, in which teams, with which telephone."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID, uuid5

DOMAIN_UUID = UUID("7d4f6c1e-2b7a-5c39-9f10-5a3c8e0d6b42")
DOMAIN_NAME = "demo.example"
TIME_ZONE = "Asia/Ho_Chi_Minh"

AGENTS = 200
FIRST_EXTENSION = 1000
# The one permission group; all others are teams.
ADMINISTRATORS = "admin"
FOUNDED = datetime(2021, 3, 1, 8, 30)  # noqa: DTZ001  # the telephone system's text has no zone
HIRES_EVERY = timedelta(days=7, minutes=11, seconds=7)
# Every eighth agent helps out in the department's next team too.
HELPS_OUT = 8
# Every seventh agent has an English name.
ENGLISH = 7

FAMILY_NAMES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ",
    "Hồ", "Ngô", "Dương", "Lý",
)  # fmt: skip
WOMEN = (
    "Lan", "Hương", "Mai", "Thảo", "Linh", "Trang", "Ngọc", "Hà", "Thủy", "Yến", "Phương", "Vy",
    "Quỳnh", "Nhung", "Dung", "Hạnh", "My",
)  # fmt: skip
MEN = (
    "Minh", "Hùng", "Dũng", "Tuấn", "Nam", "Long", "Quang", "Khoa", "Phúc", "Đức", "Sơn", "Hải",
    "Thành", "Bảo", "Việt", "Trung", "Khánh", "Huy", "Tú",
)  # fmt: skip
MIDDLE_NAMES_OF_WOMEN = ("Thị", "Ngọc", "Thu", "Kim", "Thanh")
MIDDLE_NAMES_OF_MEN = ("Văn", "Đình", "Quốc", "Hữu", "Minh", "Xuân")
ENGLISH_FIRST_NAMES = (
    "Emma", "Oliver", "Grace", "Jack", "Sophie", "Harry", "Ruby", "Thomas", "Alice", "George",
    "Lucy", "Daniel", "Chloe", "Adam", "Ella",
)  # fmt: skip
ENGLISH_LAST_NAMES = (
    "Walker", "Bennett", "Carter", "Hughes", "Morgan", "Palmer", "Reed", "Shaw", "Turner", "Wells",
    "Barker", "Dawson",
)  # fmt: skip


class Department(NamedTuple):
    """`inbound` and `outbound` are shares of its agents' calls; the rest is local."""

    name: str
    hotline: str
    inbound: float
    outbound: float
    teams: tuple[str, ...]

    @property
    def uuid(self) -> UUID:
        return uuid5(DOMAIN_UUID, f"department/{self.name}")


DEPARTMENTS = (
    Department("Customer Care", "19006801", 0.84, 0.10, ("Care North", "Care South", "Care VIP")),
    Department(
        "Sales", "19006802", 0.22, 0.73, ("Telesales Hanoi", "Telesales Saigon", "Renewals")
    ),
    Department(
        "Technical Support", "19006803", 0.78, 0.12, ("Internet", "Mobile", "Business Support")
    ),
    Department("Billing", "19006804", 0.47, 0.46, ("Invoices", "Payments", "Collections")),
)
TEAMS = tuple((department, team) for department in DEPARTMENTS for team in department.teams)


# The agents', the leaders', and the second one of one leader.
EXTENSIONS = AGENTS + len(TEAMS) + 1


@dataclass(frozen=True, slots=True)
class Person:
    user_uuid: UUID
    username: str
    first_name: str
    middle_name: str
    last_name: str
    add_date: str
    level: str
    department: Department
    groups: tuple[str, ...]
    extensions: tuple[str, ...]


def group_uuid(name: str) -> UUID:
    return uuid5(DOMAIN_UUID, f"group/{name}")


def extension_uuid(number: str) -> UUID:
    return uuid5(DOMAIN_UUID, f"extension/{number}")


@lru_cache
def people() -> tuple[Person, ...]:
    """The agents, a leader per team, a manager per department and an administrator."""
    return tuple(_named(_places()))


@lru_cache
def callers() -> tuple[Person, ...]:
    """Those who have a telephone."""
    return tuple(person for person in people() if person.extensions)


class _Place(NamedTuple):
    level: str
    department: Department
    groups: tuple[str, ...]
    extensions: tuple[str, ...] = ()


def _places() -> Iterator[_Place]:
    numbers = iter(range(FIRST_EXTENSION, FIRST_EXTENSION + EXTENSIONS))
    for index in range(AGENTS):
        department, team = TEAMS[index % len(TEAMS)]
        helps_in = department.teams[(department.teams.index(team) + 1) % len(department.teams)]
        teams = (team, helps_in) if index % HELPS_OUT == 0 else (team,)
        yield _Place("agent", department, teams, (str(next(numbers)),))
    for index, (department, team) in enumerate(TEAMS):
        own = 2 if index == 0 else 1
        yield _Place("leader", department, (team,), tuple(str(next(numbers)) for _ in range(own)))
    for department in DEPARTMENTS:
        yield _Place("manager", department, department.teams)
    yield _Place("admin", DEPARTMENTS[0], (ADMINISTRATORS,))


def _named(places: Iterator[_Place]) -> Iterator[Person]:
    taken: set[str] = set()
    for index, place in enumerate(places):
        first, middle, last = _name(index)
        username = _username(first, last, taken)
        uuid = uuid5(DOMAIN_UUID, f"user/{username}")
        yield Person(uuid, username, first, middle, last, _add_date(index), *place)


def _add_date(index: int) -> str:
    """When somebody was added, as the telephone system writes it."""
    return str(FOUNDED + index * HIRES_EVERY)


def _name(index: int) -> tuple[str, str, str]:
    """First, middle and last name; the steps are coprime to the lists, so that few recur."""
    if index % ENGLISH == ENGLISH - 1:
        return _of(ENGLISH_FIRST_NAMES, index // ENGLISH), "", _of(ENGLISH_LAST_NAMES, index * 5)
    if index % 5 < 3:  # noqa: PLR2004  # three women to two men
        return _of(WOMEN, index * 3), _of(MIDDLE_NAMES_OF_WOMEN, index // 3), _family(index)
    return _of(MEN, index * 3), _of(MIDDLE_NAMES_OF_MEN, index // 3), _family(index)


def _family(index: int) -> str:
    # The first few names are by far the most frequent ones.
    return _of(FAMILY_NAMES, min(index * 7 % 31, index * 11 % 29))


def _of(names: tuple[str, ...], index: int) -> str:
    return names[index % len(names)]


def _username(first: str, last: str, taken: set[str]) -> str:
    plain = _ascii(f"{first}.{last}".lower())
    number = 1
    while (username := plain if number == 1 else f"{plain}{number}") in taken:
        number += 1
    taken.add(username)
    return username


def _ascii(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
