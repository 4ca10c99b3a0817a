"""What clients may say: periods, filters, orders and keys."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from gateway.graphql.vocabulary import (
    CallStatus,
    Direction,
    ExtensionOrderKey,
    GroupKind,
    SortDirection,
    UserLevel,
    UserOrderKey,
)
from gateway.period import PeriodPreset


def said(description: str, **options: Any) -> Any:
    """An input's field that may be left out."""
    return strawberry.field(default=UNSET, description=description, **options)


@strawberry.input(description="Local days, both included.")
class DayRange:
    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The last day.")


@strawberry.input(description="Two instants: the start belongs to the period, the end does not.")
class TimeRange:
    start: datetime = strawberry.field(description="The first instant.")
    end: datetime = strawberry.field(description="The first instant that is not meant any more.")


@strawberry.input(
    one_of=True,
    description="When the calls started. Exactly one of these; days and presets are those of the"
    " time zone asked for, or else the domain's.",
)
class Period:
    preset: PeriodPreset | None = said("A named period, such as TODAY.")
    days: DayRange | None = said("Local days, both included.")
    range: TimeRange | None = said("Two instants, the end excluded.")
    last_minutes: int | None = said("The last so many minutes, up to now.")


@strawberry.input(description="Which calls a figure counts.")
class StatsFilter:
    direction: list[Direction] | None = said("Only these directions; all if left out.")


@strawberry.input(description="Which calls are listed.")
class CallFilter:
    direction: list[Direction] | None = said("Only these directions.")
    status: list[CallStatus] | None = said("Only these statuses.")
    has_user: bool | None = said("Only calls credited to a user, or only those credited to none.")
    number: str | None = said("Only calls with exactly this number as caller, callee or extension.")


@strawberry.input(description="Which users are listed; all conditions must hold.")
class UserFilter:
    groups: list[UUID] | None = said("Members of one of these groups.")
    departments: list[UUID] | None = said("Members of a group of one of these departments.")
    levels: list[UserLevel] | None = said("With one of these levels.")
    has_extension: bool | None = said("Only users with an extension, or only those without.")
    search: str | None = said("Part of the username, the name or the email, in any case.")


@strawberry.input(description="Which extensions are listed; all conditions must hold.")
class ExtensionFilter:
    has_user: bool | None = said("Only extensions of a user, or only those of none.")
    search: str | None = said("Part of the number.")


@strawberry.input(description="Which groups are listed; all conditions must hold.")
class GroupFilter:
    kind: list[GroupKind] | None = said("Of one of these kinds; all if left out or null.")
    departments: list[UUID] | None = said("Of one of these departments.")
    search: str | None = said("Part of the name, in any case.")


@strawberry.input(description="How users are sorted.")
class UserOrder:
    key: UserOrderKey = strawberry.field(description="What by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.input(description="How extensions are sorted.")
class ExtensionOrder:
    key: ExtensionOrderKey = strawberry.field(
        default=ExtensionOrderKey.EXTENSION, description="What by."
    )
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.input(one_of=True, description="Names one user: exactly one of these.")
class UserKey:
    uuid: UUID | None = said("The phone system's key.")
    username: str | None = said("The name the user logs in with.")


@strawberry.input(one_of=True, description="Names one extension: exactly one of these.")
class ExtensionKey:
    uuid: UUID | None = said("The phone system's key.")
    extension: str | None = said("The number, as it is dialled.")
