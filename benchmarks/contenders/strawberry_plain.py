"""Plain Strawberry: types, dataloaders and resolvers as its documentation shows them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import Any, NewType, TypeAlias

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig

from benchmarks.contenders.plumbing import Asked, Pool, Row, pooled, sql

Count = NewType("Count", int)
Uuid = NewType("Uuid", str)
Info: TypeAlias = "strawberry.Info[Context, None]"

DOMAIN_HEADER = "x-domain"
USERS = sql("users")
TEAMS = sql("teams")
TEAMS_OF_USERS = sql("teams_of_users")
MEMBERS_OF_TEAMS = sql("members_of_teams")
STATS_OF_USERS = sql("stats_of_users")
DAYS_OF_USERS = sql("days_of_users")
DAYS_OF_TEAMS = sql("days_of_teams")
TINY = sql("tiny")


@strawberry.input
class DayRange:
    from_: date = strawberry.field(name="from")
    to: date


@strawberry.input(one_of=True)
class Period:
    days: DayRange | None = strawberry.UNSET


@strawberry.type
class CallStats:
    total_call: Count
    total_answered: Count
    total_no_answered: Count
    total_busy: Count
    total_not_available: Count
    total_cancel: Count
    total_invalid: Count
    total_inbound: Count
    total_outbound: Count
    total_local: Count
    total_duration: Count
    total_billsec: Count
    total_waitsec: Count


@strawberry.type
class DailyReport:
    date: date
    total_call: Count
    total_invalid: Count
    total_inbound: Count
    total_outbound: Count


@strawberry.type
class GroupReport(CallStats):
    date: date


FIGURES = tuple(CallStats.__annotations__)
DAY_FIGURES = tuple(name for name in DailyReport.__annotations__ if name != "date")


def opaque(typename: str, uuid: str) -> strawberry.ID:
    return strawberry.ID(f"{typename}{uuid.replace('-', '')}")


def asked(info: "Info", period: Period) -> Asked:
    days = period.days
    assert days  # noqa: S101  # the only way to say a period here
    return Asked(info.context.domain, days.from_, days.to)


@strawberry.type
class Extension:
    uuid: Uuid
    extension: str

    @strawberry.field
    def id(self) -> strawberry.ID:
        return opaque("Extension", self.uuid)


@strawberry.type
class Member:
    uuid: Uuid
    username: str

    @strawberry.field
    def id(self) -> strawberry.ID:
        return opaque("User", self.uuid)


@strawberry.type
class Group:
    uuid: Uuid
    name: str

    @strawberry.field
    def id(self) -> strawberry.ID:
        return opaque("Group", self.uuid)

    @strawberry.field
    async def users(self, info: Info) -> list[Member]:
        return await info.context.members.load(self.uuid)

    @strawberry.field
    async def daily_reports(self, info: Info, period: Period) -> list[GroupReport]:
        return await info.context.team_days.load((self.uuid, asked(info, period)))


@strawberry.type
class User:
    uuid: Uuid
    username: str
    first_name: str
    last_name: str
    extension: Extension | None

    @strawberry.field
    def id(self) -> strawberry.ID:
        return opaque("User", self.uuid)

    @strawberry.field
    async def groups(self, info: Info) -> list[Group]:
        return await info.context.teams.load(self.uuid)

    @strawberry.field
    async def call_stats(self, info: Info, period: Period) -> CallStats:
        return await info.context.stats.load((self.uuid, asked(info, period)))

    @strawberry.field
    async def daily_reports(self, info: Info, period: Period) -> list[DailyReport]:
        return await info.context.days.load((self.uuid, asked(info, period)))


@strawberry.type
class Users:
    nodes: list[User]


@strawberry.type
class Groups:
    nodes: list[Group]


@strawberry.input(one_of=True)
class UserKey:
    username: str | None = strawberry.UNSET


@strawberry.type
class Name:
    first_name: str


@strawberry.type
class Query:
    @strawberry.field
    async def users(self, info: Info, first: int = 50) -> Users:
        rows = await info.context.pool.fetch(USERS, info.context.domain)
        return Users(nodes=[user(row) for row in rows[:first]])

    @strawberry.field
    async def groups(self, info: Info, first: int = 50) -> Groups:
        rows = await info.context.pool.fetch(TEAMS, info.context.domain)
        return Groups(nodes=[Group(uuid=uuid, name=name) for uuid, name in rows[:first]])

    @strawberry.field
    async def user(self, info: Info, by: UserKey) -> Name | None:
        name = await info.context.pool.fetchval(TINY, info.context.domain, by.username)
        return None if name is None else Name(first_name=name)


def user(row: Row) -> User:
    uuid, number = row["extension_uuid"], row["extension"]
    return User(
        uuid=row["user_uuid"],
        username=row["username"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        extension=None if uuid is None else Extension(uuid=uuid, extension=number),
    )


PeriodKey: TypeAlias = tuple[str, Asked]


@dataclass
class Context:
    """One request's: the loaders live no longer than that."""

    pool: Pool
    domain: str

    def __post_init__(self) -> None:
        self.teams: DataLoader[str, list[Group]] = DataLoader(self._teams)
        self.members: DataLoader[str, list[Member]] = DataLoader(self._members)
        self.stats: DataLoader[PeriodKey, CallStats] = DataLoader(self._stats)
        self.days: DataLoader[PeriodKey, list[DailyReport]] = DataLoader(self._days)
        self.team_days: DataLoader[PeriodKey, list[GroupReport]] = DataLoader(self._team_days)

    async def _teams(self, keys: list[str]) -> list[list[Group]]:
        found: dict[str, list[Group]] = defaultdict(list)
        for row in await self.pool.fetch(TEAMS_OF_USERS, self.domain):
            found[row["user_uuid"]].append(Group(uuid=row["group_uuid"], name=row["group_name"]))
        return [found[key] for key in keys]

    async def _members(self, keys: list[str]) -> list[list[Member]]:
        found: dict[str, list[Member]] = defaultdict(list)
        for row in await self.pool.fetch(MEMBERS_OF_TEAMS, self.domain):
            found[row["group_uuid"]].append(Member(uuid=row["user_uuid"], username=row["username"]))
        return [found[key] for key in keys]

    async def _stats(self, keys: list[PeriodKey]) -> list[CallStats]:
        found = {}
        for question in {question for _, question in keys}:
            for row in await self.pool.fetch(STATS_OF_USERS, *question):
                found[row[0], question] = CallStats(**figures(FIGURES, row[1:]))
        return [found.get(key) or CallStats(**figures(FIGURES)) for key in keys]

    async def _days(self, keys: list[PeriodKey]) -> list[list[DailyReport]]:
        found = await self._by_day(DAYS_OF_USERS, keys)
        return [
            [
                DailyReport(date=day, **figures(DAY_FIGURES, found[key].get(day, ())))
                for day in key[1].days()
            ]
            for key in keys
        ]

    async def _team_days(self, keys: list[PeriodKey]) -> list[list[GroupReport]]:
        found = await self._by_day(DAYS_OF_TEAMS, keys)
        return [
            [
                GroupReport(date=day, **figures(FIGURES, found[key].get(day, ())))
                for day in key[1].days()
            ]
            for key in keys
        ]

    async def _by_day(
        self, statement: str, keys: list[PeriodKey]
    ) -> Mapping[PeriodKey, Mapping[date, Any]]:
        found: dict[PeriodKey, dict[date, Any]] = defaultdict(dict)
        for question in {question for _, question in keys}:
            for row in await self.pool.fetch(statement, *question):
                found[row[0], question][row[1]] = row[2:]
        return found


def figures(names: Sequence[str], values: Sequence[int] = ()) -> dict[str, Count]:
    """Keyword arguments; zeros where there are no values."""
    return {name: Count(value) for name, value in zip(names, values or repeat(0), strict=False)}


class View(GraphQL[Context, None]):
    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        del response
        return Context(request.app.state.pool, request.headers[DOMAIN_HEADER])


SCHEMA = strawberry.Schema(
    Query,
    config=StrawberryConfig(
        scalar_map={
            Count: strawberry.scalar(name="Count", serialize=int, parse_value=int),
            Uuid: strawberry.scalar(name="UUID", serialize=str, parse_value=str),
        }
    ),
)
app = Starlette(routes=[Route("/graphql", View(SCHEMA, graphql_ide=None))], lifespan=pooled)
