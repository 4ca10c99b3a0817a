"""What there is and what it reports.

A resolver's `self` is a row, not an instance; below `@for_rows` it is all rows of a list.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from gateway.causes import explained
from gateway.graphql import arguments as said
from gateway.graphql.arguments import TEAMS, TODAY
from gateway.graphql.batches import Rows, for_rows
from gateway.graphql.context import Info, Read
from gateway.graphql.figures import ALWAYS, AgentTime, CallBucket, CallStats, DailyReport
from gateway.graphql.node import Node
from gateway.graphql.paging import Connection, call_position, page, size
from gateway.graphql.prices import page_price, price, usually
from gateway.graphql.provenance import ImportBatch, batch_by_uuid
from gateway.graphql.scalars import Seconds
from gateway.graphql.texts import TEXTS, figure_texts, wanted
from gateway.graphql.vocabulary import (
    AgentState,
    CallOrder,
    CallStatus,
    Crossing,
    Direction,
    GroupKind,
    UserLevel,
)
from gateway.period import SUB_DAY, Grain, Period, check_length
from gateway.store import agents, calls, directory
from gateway.store.rows import Row


@strawberry.interface(description="A subject of statistics.")
class Reporting(Node):
    @strawberry.field(
        description="Figures of the whole period. Null only beside an error.",
        metadata={**price(own=20, size=said.PERIOD), TEXTS: True},
    )
    @for_rows
    async def call_stats(
        self: Rows,
        info: Info,
        period: said.PeriodArgument = TODAY,
        shift: said.ShiftArgument = UNSET,
        time_zone: said.ZoneArgument = UNSET,
        filter: said.StatsFilterArgument = UNSET,  # noqa: A002  # the argument's name
    ) -> CallStats | None:
        chosen = chosen_period(info, period, shift, time_zone)
        if self.layout:
            return await written(self, info, chosen, None, filter)
        return await info.context.load_many(
            calls.call_stats,
            self.uuids,
            self.subject,
            chosen,
            info.context.selected(info),
            said.stats_match(filter),
        )

    @strawberry.field(
        description="Figures per local day of the period, ascending, days without calls too."
        " They add up to callStats. Null only beside an error.",
        metadata={**price(own=20, each=2, size=said.DAYS), TEXTS: True},
    )
    @for_rows
    async def daily_reports(
        self: Rows,
        info: Info,
        period: said.PeriodArgument = TODAY,
        shift: said.ShiftArgument = UNSET,
        time_zone: said.ZoneArgument = UNSET,
        filter: said.StatsFilterArgument = UNSET,  # noqa: A002
    ) -> list[DailyReport] | None:
        chosen = chosen_period(info, period, shift, time_zone)
        return await call_buckets(self, info, chosen, Grain.DAY, filter)

    @strawberry.field(
        description="Figures per bucket of the period, ascending, buckets without calls too."
        " They add up to callStats. Null only beside an error.",
        metadata={**price(own=20, each=2, size=said.BUCKETS), TEXTS: True},
    )
    @for_rows
    async def timeline(
        self: Rows,
        info: Info,
        grain: said.GrainArgument,
        period: said.PeriodArgument = TODAY,
        shift: said.ShiftArgument = UNSET,
        time_zone: said.ZoneArgument = UNSET,
        filter: said.StatsFilterArgument = UNSET,  # noqa: A002
    ) -> list[CallBucket] | None:
        chosen = chosen_period(info, period, shift, time_zone)
        most = info.context.settings.max_buckets
        if grain in SUB_DAY and (chosen.end - chosen.start) / SUB_DAY[grain] > most:
            raise said.too_many_buckets(most)
        return await call_buckets(self, info, chosen, grain, filter)

    @strawberry.field(
        description="The calls that the figures count. totalCount equals totalCall of the same"
        " period and filter. Null only beside an error.",
        metadata=page_price(said.PAGE_OF_PERIOD, own=50, each=20),
    )
    @for_rows
    async def calls(
        self: Rows,
        info: Info,
        period: said.PeriodArgument = TODAY,
        time_zone: said.ZoneArgument = UNSET,
        filter: said.CallFilterArgument = UNSET,  # noqa: A002
        order_by: said.CallOrderArgument = CallOrder.NEWEST_FIRST,
        first: said.FirstArgument = 50,
        after: said.AfterArgument = UNSET,
    ) -> "CallConnection | None":
        chosen = chosen_period(info, period, UNSET, time_zone)
        matching = said.call_match(filter)
        limit = size(first, info.context.settings)
        listing = ("calls", order_by.value)
        found = await info.context.load_many(
            calls.calls_page,
            self.uuids,
            self.subject,
            chosen,
            limit + 1,
            call_position(after, listing),
            matching,
            order_by is CallOrder.OLDEST_FIRST,
        )

        async def total(row: Row) -> int:
            stats = await info.context.load(
                calls.call_stats, row.uuid, row.subject, chosen, ("total_call",), matching
            )
            count: int = stats["total_call"]
            return count

        return [
            page(rows or [], limit, after, listing, partial(total, row))
            for row, rows in zip(self, found, strict=True)
        ]


def chosen_period(info: Info, period: Any, shift: Any, time_zone: Any) -> Period:
    """The period that the arguments mean, no longer than the operator allows."""
    snapshot = info.context.snapshot
    zone = time_zone or snapshot.zone
    found = said.resolved_period(period, zone, snapshot.now, shift)
    snapshot.holds(*said.holding(period, zone, snapshot.now, shift))
    return check_length(found, info.context.settings.max_days)


def lists(answers: Iterable[Any]) -> list[Any]:
    """Empty lists where there is none."""
    return [answer or [] for answer in answers]


async def call_buckets(
    rows: Rows, info: Info, period: Period, grain: Grain, chosen: Any
) -> list[Any]:
    if rows.layout:
        return await written(rows, info, period, grain, chosen)
    return await info.context.load_many(
        calls.call_buckets,
        rows.uuids,
        rows.subject,
        period,
        grain,
        info.context.selected(info),
        said.stats_match(chosen),
    )


async def written(
    rows: Rows, info: Info, period: Period, grain: Grain | None, chosen: Any
) -> list[Any]:
    """The rows' figures as JSON texts: of the period, or a list per grain."""
    asked = wanted(grain, rows.layout)
    return await info.context.load_many(
        figure_texts,
        [(uuid, asked) for uuid in rows.uuids],
        rows.subject,
        period,
        said.stats_match(chosen),
    )


@for_rows
async def agent_time(
    self: Rows,
    info: Info,
    period: said.ActivityPeriod = TODAY,
    time_zone: said.ZoneArgument = UNSET,
    crossing: said.CrossingArgument = Crossing.CLIP,
) -> AgentTime | None:
    chosen = chosen_period(info, period, UNSET, time_zone)
    found = await info.context.load_many(
        agents.agent_time, self.uuids, self.subject, chosen, crossing is Crossing.WHOLE
    )
    return [
        time and {**time, "user": row if row.typename == "User" else None}
        for row, time in zip(self, found, strict=True)
    ]


def agent_time_field(whose: str) -> Any:
    return strawberry.field(
        resolver=agent_time,
        description=f"What {whose} did in the period, in seconds. Null if the domain has no source"
        " of activities.",
        metadata=price(own=20, size=said.PERIOD),
    )


def personal(column: str, owner: str, description: str) -> Any:
    """A field of personal data of the user that the row's column `owner` names."""

    def value(self: Any, info: Info) -> str:
        readable = info.context.snapshot.viewer.reads(column, self[owner])
        text: str = self[column] if readable else ""
        return text

    return strawberry.field(
        value, description=f'{description} Personal: "" where the viewer may not read it.'
    )


@strawberry.type(description="What an agent does now.")
class AgentActivity:
    state: AgentState = strawberry.field(description="What it is.")
    since: datetime = strawberry.field(description="When it began.")
    pause_code: str = strawberry.field(
        description='The pause\'s reason, as the phone system writes it; "" if none.'
    )


@strawberry.type(description="A user of the phone system: an agent or one of its superiors.")
class User(Reporting):
    is_type_of = ALWAYS

    uuid: UUID = strawberry.field(description="The phone system's key.")
    username: str = strawberry.field(description="The name the user logs in with.")
    first_name: str = strawberry.field(description='First name; "" if none.')
    middle_name: str = strawberry.field(description='Middle name; "" if none.')
    last_name: str = strawberry.field(description='Last name; "" if none.')
    email: str = personal("email", "uuid", 'Email address; "" if none.')
    add_date: datetime | None = strawberry.field(
        description="When the user was added, if the phone system's text of it can be read."
    )
    add_date_text: str = strawberry.field(description="The same as the phone system wrote it.")
    removed_at: datetime | None = strawberry.field(
        description="When the user left the directory; null for a living one."
    )
    agent_time: AgentTime | None = agent_time_field("the user")

    @strawberry.field(
        description="What the user does now: the activity that began last of those that go on, a"
        " week at most. Null if none does: the user is not logged in, or the domain has no source"
        " of activities."
    )
    @for_rows
    async def activity(self: Rows, info: Info) -> AgentActivity | None:
        return await info.context.load_many(agents.activity_by_user, self.uuids)

    @strawberry.field(description="The full name, or the username if there is none.")
    def display_name(self) -> str:
        names = (self.first_name, self.middle_name, self.last_name)
        return " ".join(filter(None, names)) or self.username

    @strawberry.field(description="The user's rank; null if none is set (ranks as an agent).")
    def level(self: Any) -> UserLevel | None:
        return self["level"] or None

    @strawberry.field(description="The extension with the lowest number; null if none.")
    @for_rows
    async def extension(self: Rows, info: Info) -> "Extension | None":
        found = await info.context.load_many(directory.extensions_by_user, self.uuids)
        return [extensions[0] if extensions else None for extensions in found]

    @strawberry.field(
        description="All living extensions, by number.", metadata=price(size=usually(2))
    )
    @for_rows
    async def extensions(self: Rows, info: Info) -> list["Extension"]:
        return lists(await info.context.load_many(directory.extensions_by_user, self.uuids))

    @strawberry.field(
        description="The groups the user belongs to, by name.", metadata=price(size=usually(3))
    )
    @for_rows
    async def groups(
        self: Rows,
        info: Info,
        filter: said.GroupFilterArgument = TEAMS,  # noqa: A002
    ) -> list["Group"]:
        matching = said.group_match(filter)
        return lists(await info.context.load_many(directory.groups_by_user, self.uuids, matching))

    @strawberry.field(
        description="The distinct departments of the user's groups, by name.",
        metadata=price(size=usually(2)),
    )
    @for_rows
    async def departments(self: Rows, info: Info) -> list["Department"]:
        return lists(await info.context.load_many(directory.departments_by_user, self.uuids))

    @strawberry.field(
        description="Leaders who share a team with the user and rank higher, if the viewer sees"
        " them.",
        metadata=price(size=usually(3)),
    )
    @for_rows
    async def leaders(self: Rows, info: Info) -> list["User"]:
        return lists(
            await info.context.load_many(directory.superiors_by_user, self.uuids, "leader")
        )

    @strawberry.field(
        description="Managers who share a team with the user and rank higher, if the viewer sees"
        " them.",
        metadata=price(size=usually(3)),
    )
    @for_rows
    async def managers(self: Rows, info: Info) -> list["User"]:
        return lists(
            await info.context.load_many(directory.superiors_by_user, self.uuids, "manager")
        )


@strawberry.type(description="An extension: a number of the phone system that can be dialled.")
class Extension(Reporting):
    is_type_of = ALWAYS

    uuid: UUID = strawberry.field(description="The phone system's key.")
    extension: str = strawberry.field(description="The number, as it is dialled.")
    removed_at: datetime | None = strawberry.field(
        description="When the extension left the directory; null for a living one."
    )

    @strawberry.field(description="Whose extension it is now; null if nobody's.")
    @for_rows
    async def user(self: Rows, info: Info) -> User | None:
        return await named_by(self, "user_uuid", info, directory.users_by_uuid)


@strawberry.type(description="A group of users.")
class Group(Reporting):
    is_type_of = ALWAYS

    uuid: UUID = strawberry.field(description="The phone system's key.")
    name: str = strawberry.field(description="Its name.")
    weight: int = strawberry.field(description="The phone system's weight of it.")
    kind: GroupKind = strawberry.field(description="What it is for.")
    agent_time: AgentTime | None = agent_time_field("its members")

    @strawberry.field(description="The department it belongs to; null if none.")
    @for_rows
    async def department(self: Rows, info: Info) -> "Department | None":
        return await named_by(self, "department_uuid", info, directory.departments_by_uuid)

    @strawberry.field(
        description="Its living members, each once, by username.", metadata=price(size=usually(30))
    )
    @for_rows
    async def users(self: Rows, info: Info) -> list[User]:
        return lists(await info.context.load_many(directory.users_by_group, self.uuids))


@strawberry.type(description="A department: groups under one roof. Its users count once each.")
class Department(Reporting):
    is_type_of = ALWAYS

    uuid: UUID = strawberry.field(description="The phone system's key.")
    name: str = strawberry.field(description="Its name.")
    agent_time: AgentTime | None = agent_time_field("its users")

    @strawberry.field(description="Its groups, by name.", metadata=price(size=usually(10)))
    @for_rows
    async def groups(
        self: Rows,
        info: Info,
        filter: said.GroupFilterArgument = TEAMS,  # noqa: A002
    ) -> list[Group]:
        matching = said.group_match(filter)
        return lists(
            await info.context.load_many(directory.groups_by_department, self.uuids, matching)
        )

    @strawberry.field(
        description="The living members of its groups, each once, by username.",
        metadata=price(size=usually(100)),
    )
    @for_rows
    async def users(self: Rows, info: Info) -> list[User]:
        return lists(await info.context.load_many(directory.users_by_department, self.uuids))


@strawberry.type(description="A queue: where callers wait for an agent.")
class Queue(Node):
    is_type_of = ALWAYS

    uuid: UUID = strawberry.field(description="The phone system's key.")
    name: str = strawberry.field(description="Its name.")
    extension: str = strawberry.field(description='The number that leads to it; "" if none.')


@strawberry.type(description="A call, credited once.")
class Call(Node):
    is_type_of = ALWAYS

    uuid: UUID = strawberry.field(description="The call's key.")
    started_at: datetime = strawberry.field(description="When it started.")
    direction: Direction = strawberry.field(description="Which way it went.")
    status: CallStatus = strawberry.field(description="How it ended.")
    duration: Seconds = strawberry.field(description="Duration, seconds: start to end.")
    billsec: Seconds = strawberry.field(description="Talk time (billsec), seconds: answer to end.")
    waitsec: Seconds = strawberry.field(description="Wait time, seconds: duration minus talk time.")
    extension_number: str = strawberry.field(
        description='The number it is credited to, known to the directory or not; "" if none.'
    )
    caller_number: str = personal("caller_number", "user_uuid", "Who called.")
    callee_number: str = personal("callee_number", "user_uuid", "Who was called.")
    hangup_cause: str = strawberry.field(description="The phone system's cause of the end.")
    status_rule: str = strawberry.field(
        description="The rule that decided the status, such as answered, queue or a hang-up cause;"
        ' "" if the record told none.'
    )
    source: str = strawberry.field(
        description='The system that the record is from, such as freeswitch; "" if it named none.'
    )
    source_key: str = strawberry.field(description='The record\'s key there; "" if it told none.')

    @strawberry.field(description="The extension it is credited to; null if none is known.")
    @for_rows
    async def extension(self: Rows, info: Info) -> Extension | None:
        return await named_by(self, "extension_uuid", info, directory.extensions_by_uuid)

    @strawberry.field(description="The user it is credited to; null if none.")
    @for_rows
    async def user(self: Rows, info: Info) -> User | None:
        return await named_by(self, "user_uuid", info, directory.users_by_uuid)

    @strawberry.field(description="The queue it came through; null if none is known.")
    @for_rows
    async def queue(self: Rows, info: Info) -> Queue | None:
        return await named_by(self, "queue_uuid", info, directory.queues_by_uuid)

    @strawberry.field(
        description="Why the call has this status, as a sentence for people; null if statusRule is"
        " none of ours."
    )
    def status_explanation(self: Any) -> str | None:
        return explained(self["status_rule"], self["direction"], self["status"])

    @strawberry.field(
        description="The import that last wrote the call; null if it is not known, or not for the"
        " viewer to see."
    )
    async def batch(self: Any, info: Info) -> ImportBatch | None:
        return await batch_by_uuid(info, self["batch_uuid"])


async def named_by(rows: Rows, column: str, info: Info, read: Read) -> list[Any]:
    """What the uuids of that column name; None where there is none."""
    uuids = [row[column] for row in rows]
    named = [uuid for uuid in uuids if uuid is not None]
    found = dict(zip(named, await info.context.load_many(read, named), strict=True))
    return [found.get(uuid) for uuid in uuids]


async def user_by_uuid(info: Info, uuid: UUID | None) -> Any:
    return None if uuid is None else await info.context.load(directory.users_by_uuid, uuid)


@strawberry.type(description="A page of calls.")
class CallConnection(Connection[Call]):
    pass


@strawberry.type(description="A page of extensions.")
class ExtensionConnection(Connection[Extension]):
    pass


@strawberry.type(description="A page of groups.")
class GroupConnection(Connection[Group]):
    pass


@strawberry.type(description="A page of departments.")
class DepartmentConnection(Connection[Department]):
    pass
