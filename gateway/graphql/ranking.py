"""Users that match: their page, the figures of all of them, and who of them leads."""

from typing import Any

import strawberry
from strawberry import UNSET

from gateway.graphql import arguments as said
from gateway.graphql.arguments import TODAY
from gateway.graphql.batches import Rows, for_rows
from gateway.graphql.context import Info
from gateway.graphql.figures import CallStats
from gateway.graphql.paging import Connection, size
from gateway.graphql.prices import price
from gateway.graphql.types import User, chosen_period
from gateway.graphql.vocabulary import SortDirection
from gateway.store import calls


@strawberry.type(description="A user's place in a ranking.")
class UserRank:
    rank: int = strawberry.field(
        description="The place, from 1. Equal values share it, and the next one is as many further:"
        " 1, 2, 2, 4."
    )

    @strawberry.field(description="Whose it is.")
    @for_rows
    def user(self: Rows) -> User:
        return [row["user"] for row in self]

    @strawberry.field(description="The user's figures, of the ranking's period and calls.")
    @for_rows
    def call_stats(self: Rows) -> CallStats:
        return [row["call_stats"] for row in self]


@strawberry.type(description="A page of users.")
class UserConnection(Connection[User]):
    @strawberry.field(
        description="Figures over all users that match, not only this page's.",
        metadata=price(own=20, size=said.PERIOD),
    )
    async def call_stats(
        self: Any,
        info: Info,
        period: said.PeriodArgument = TODAY,
        shift: said.ShiftArgument = UNSET,
        time_zone: said.ZoneArgument = UNSET,
        filter: said.StatsFilterArgument = UNSET,  # noqa: A002
    ) -> CallStats | None:
        return await calls.call_stats_of_matches(
            info.context.snapshot,
            self["matching"],
            chosen_period(info, period, shift, time_zone),
            info.context.selected(info),
            said.stats_match(filter),
        )

    @strawberry.field(
        description="The users that lead, or trail, among all that match, not only this page's:"
        " also those without calls. Equal values share a rank, in the order of usernames; who has"
        " no value, because its denominator is 0, comes last in both directions. Null only beside"
        " an error.",
        metadata=price(own=50, size=said.PAGE_OF_PERIOD),
    )
    async def ranking(
        self: Any,
        info: Info,
        by: said.CallMetricArgument,
        direction: said.DirectionArgument = SortDirection.DESC,
        first: said.RanksArgument = 10,
        period: said.PeriodArgument = TODAY,
        shift: said.ShiftArgument = UNSET,
        time_zone: said.ZoneArgument = UNSET,
        filter: said.StatsFilterArgument = UNSET,  # noqa: A002
    ) -> list[UserRank] | None:
        return await calls.ranking_of_matches(
            info.context.snapshot,
            self["matching"],
            chosen_period(info, period, shift, time_zone),
            calls.Ranking(
                by.value, direction is SortDirection.DESC, size(first, info.context.settings)
            ),
            info.context.selected(info, "callStats"),
            said.stats_match(filter),
        )
