"""The enums of the schema: the trade's words, each with its meaning."""

import enum
from collections.abc import Mapping
from typing import TypeVar

import strawberry

from gateway.measures import DIRECTIONS, MEASURES, RANKED, STATUSES
from gateway.period import Grain, PeriodPreset, PeriodShift
from gateway.viewer import Role

AnyEnum = TypeVar("AnyEnum", bound=enum.Enum)


def described(
    values: type[AnyEnum], name: str, description: str, meanings: Mapping[str, str]
) -> type[AnyEnum]:
    """The enum as a GraphQL one, each value with its meaning."""
    made = strawberry.enum(values, name=name, description=description)
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = meanings[value.name]
    return made


described(
    PeriodPreset,
    "PeriodPreset",
    "A period named from today's point of view, in the time zone of the question.",
    {
        "TODAY": "The local day that now is in, to its end.",
        "YESTERDAY": "The local day before today.",
        "THIS_WEEK": "The ISO week, Monday to Sunday, that now is in.",
        "LAST_WEEK": "The ISO week before this one.",
        "LAST_7_DAYS": "Today and the six days before.",
        "LAST_30_DAYS": "Today and the 29 days before.",
        "THIS_MONTH": "The calendar month that now is in.",
        "LAST_MONTH": "The calendar month before this one.",
    },
)
described(
    PeriodShift,
    "PeriodShift",
    "How much earlier, by the local calendar. A running period is cut at the same clock time.",
    {
        "DAY": "The same a day earlier.",
        "WEEK": "The same a week earlier.",
        "MONTH": "The same a month earlier; a day that month lacks becomes its last.",
        "YEAR": "The same a year earlier.",
    },
)
described(
    Grain,
    "Grain",
    "The size of a timeline's buckets, by the local clock.",
    {
        "QUARTER_HOUR": "15 minutes.",
        "HOUR": "An hour; a change of clocks cuts one.",
        "DAY": "A local day, of 23 or 25 hours where the clocks change.",
        "WEEK": "An ISO week, from Monday.",
        "MONTH": "A calendar month.",
    },
)


class Direction(enum.StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    LOCAL = "local"


class CallStatus(enum.StrEnum):
    ANSWERED = "answered"
    NO_ANSWERED = "no_answered"
    BUSY = "busy"
    BUSY_LINE = "busy_line"
    NOT_AVAILABLE = "not_available"
    CANCEL = "cancel"
    INVALID = "invalid"
    IVR = "ivr"
    FAILED = "failed"
    CONGESTION = "congestion"
    PHONE_BLOCK = "phone_block"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"


class UserLevel(enum.StrEnum):
    AGENT = "agent"
    LEADER = "leader"
    MANAGER = "manager"
    ADMIN = "admin"
    SUPERADMIN = "superadmin"


class GroupKind(enum.StrEnum):
    TEAM = "team"
    PERMISSION = "permission"


class ImportKind(enum.StrEnum):
    CALLS = "calls"
    ACTIVITIES = "activities"
    DIRECTORY = "directory"


class AgentState(enum.StrEnum):
    PAUSE = "pause"
    WAIT = "wait"
    TALK = "talk"
    DISPO = "dispo"


class Crossing(enum.StrEnum):
    CLIP = "clip"
    WHOLE = "whole"


class SortDirection(enum.StrEnum):
    ASC = "asc"
    DESC = "desc"


CallMetric = enum.StrEnum(  # type: ignore[misc]  # made from the catalogue
    "CallMetric", {name.upper(): name for name in RANKED}
)


class CallOrder(enum.StrEnum):
    NEWEST_FIRST = "newest"
    OLDEST_FIRST = "oldest"


class UserOrderKey(enum.StrEnum):
    USERNAME = "USERNAME"
    NAME = "NAME"
    EXTENSION = "EXTENSION"


class ExtensionOrderKey(enum.StrEnum):
    EXTENSION = "EXTENSION"


described(
    Direction,
    "Direction",
    "Which way a call went, seen from the domain.",
    {name.upper(): MEASURES[f"total_{name}"].definition for name in DIRECTIONS},
)
described(
    CallStatus,
    "CallStatus",
    "How a call ended (its disposition).",
    {name.upper(): MEASURES[f"total_{name}"].definition for name in STATUSES},
)
described(
    UserLevel,
    "UserLevel",
    "A user's rank, ascending: agent, leader, manager, admin, superadmin.",
    {
        "AGENT": "Takes and makes calls.",
        "LEADER": "Leads teams.",
        "MANAGER": "Manages leaders.",
        "ADMIN": "Administers the domain.",
        "SUPERADMIN": "Administers every domain.",
    },
)
described(
    GroupKind,
    "GroupKind",
    "What a group is for.",
    {
        "TEAM": "People who work together.",
        "PERMISSION": "People who have a right; it says nothing of who works with whom.",
    },
)
described(
    ImportKind,
    "ImportKind",
    "What an import brings.",
    {
        "CALLS": "Calls.",
        "ACTIVITIES": "What agents did.",
        "DIRECTORY": "Users, groups, extensions and the like.",
    },
)
described(
    AgentState,
    "AgentState",
    "What an agent does.",
    {
        "PAUSE": "Pause: logged in, and not free for calls.",
        "WAIT": "Waiting for a call.",
        "TALK": "Talking.",
        "DISPO": "After-call work (dispo): choosing the disposition.",
    },
)
described(
    CallMetric,
    "CallMetric",
    "What users are ranked by: a measure or a metric of their calls.",
    {name.upper(): figure.definition for name, figure in RANKED.items()},
)
described(
    Crossing,
    "Crossing",
    "How an activity that crosses the period's edge is counted.",
    {
        "CLIP": "Only its seconds inside the period, so that adjacent periods add up.",
        "WHOLE": "Whole, in the period in which it started, as the REST report counts.",
    },
)
described(
    SortDirection,
    "SortDirection",
    "Which end comes first.",
    {"ASC": "The lowest first.", "DESC": "The highest first."},
)
described(
    CallOrder,
    "CallOrder",
    "The order of calls.",
    {
        "NEWEST_FIRST": "By start, the latest first.",
        "OLDEST_FIRST": "By start, the earliest first.",
    },
)
described(
    UserOrderKey,
    "UserOrderKey",
    "What users are sorted by; users that are equal in it, by uuid.",
    {
        "USERNAME": "The name they log in with.",
        "NAME": "First, middle and last name.",
        "EXTENSION": "Their lowest extension number; users without one come first.",
    },
)
described(
    ExtensionOrderKey,
    "ExtensionOrderKey",
    "What extensions are sorted by.",
    {"EXTENSION": "The number, as text."},
)
described(
    Role,
    "Role",
    "How far a token reaches. What it does not see is in no list, count, sum or look-up.",
    {
        "AGENT": "Sees its user.",
        "LEADER": "Sees its user, and who ranks below a leader in its teams and departments.",
        "MANAGER": "Sees its user, and who ranks below a manager in its teams and departments.",
        "ADMIN": "Sees everything of its domain.",
        "SUPERADMIN": "Sees everything of the domain that the request's X-Domain header names;"
        " without the header, of its own.",
    },
)
