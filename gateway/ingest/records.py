"""Canonical records: what every source is turned into, and the one place that says what is right.

Fields are optional here where a deletion, which needs its key only, goes without them.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

from msgspec import Meta, Struct

LONGEST_ACTIVITY = 7 * 24 * 60 * 60

Uuid = Annotated[UUID, Meta(description="a uuid such as 5b0c4f2e-7d0a-4f0b-9a57-3d1f6c2e8b41")]
Moment = Annotated[
    datetime,
    Meta(
        description="a time such as 2026-03-08T09:30:00 (of the domain's zone)"
        " or 2026-03-08T09:30:00+07:00"
    ),
]
Seconds = Annotated[
    int, Meta(ge=0, le=2_147_483_647, description="a whole number of seconds, 0 or more")
]
Text = Annotated[str, Meta(max_length=255, description="a text of at most 255 characters")]
Name = Annotated[
    str, Meta(min_length=1, max_length=255, description="a text of 1 to 255 characters")
]
Flag = Annotated[bool, Meta(description="true or false")]
Weight = Annotated[int, Meta(ge=-2_147_483_648, le=2_147_483_647, description="a whole number")]
Direction = Annotated[
    Literal["inbound", "outbound", "local"],
    Meta(description="one of inbound, outbound, local"),
]
Status = Annotated[
    Literal[
        "answered", "no_answered", "busy", "busy_line", "not_available", "cancel", "invalid",
        "ivr", "failed", "congestion", "phone_block", "voicemail", "unknown",
    ],
    Meta(
        description="one of answered, no_answered, busy, busy_line, not_available, cancel,"
        " invalid, ivr, failed, congestion, phone_block, voicemail, unknown"
    ),
]  # fmt: skip
State = Annotated[
    Literal["pause", "wait", "talk", "dispo"],
    Meta(description="one of pause, wait, talk, dispo"),
]
Level = Annotated[
    Literal["", "agent", "leader", "manager", "admin", "superadmin"],
    Meta(description='one of "", agent, leader, manager, admin, superadmin'),
]
GroupKind = Annotated[Literal["team", "permission"], Meta(description="one of team, permission")]


class CallRecord(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    key: ClassVar[str] = "call_uuid"
    moments: ClassVar[tuple[str, ...]] = ("started_at",)
    required: ClassVar[tuple[str, ...]] = (
        "started_at", "direction", "status", "duration", "billsec",
    )  # fmt: skip

    call_uuid: Uuid | None = None
    started_at: Moment | None = None
    direction: Direction | None = None
    status: Status | None = None
    duration: Seconds | None = None
    billsec: Seconds | None = None
    queue_waitsec: Seconds | None = None
    extension_uuid: Uuid | None = None
    extension: Text | None = None
    username: Text | None = None
    user_uuid: Uuid | None = None
    queue_uuid: Uuid | None = None
    queue: Text | None = None
    caller_number: Text | None = None
    callee_number: Text | None = None
    hangup_cause: Text | None = None
    source: Text | None = None
    source_key: Text | None = None
    status_rule: Text | None = None
    deleted: Flag | None = None

    def __post_init__(self) -> None:
        if self.call_uuid is None and not (self.source and self.source_key):
            raise ValueError("call_uuid is missing: give it, or source and source_key")
        if self.deleted:
            return
        if (
            self.started_at is None
            or self.direction is None
            or self.status is None
            or self.duration is None
            or self.billsec is None
        ):
            raise ValueError(_missing(self))
        if self.billsec > self.duration:
            raise ValueError(f"billsec ({self.billsec}) is more than duration ({self.duration})")
        if self.billsec and self.status != "answered":
            raise ValueError(f"billsec is {self.billsec}, but must be 0 unless status is answered")
        if (self.extension_uuid is not None) + bool(self.extension) + bool(self.username) > 1:
            raise ValueError("give one of extension_uuid, extension and username, not several")
        if self.username and self.user_uuid is not None:
            raise ValueError("give username or user_uuid, not both")
        if self.queue and self.queue_uuid is not None:
            raise ValueError("give queue or queue_uuid, not both")


class ActivityRecord(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """`seconds` is None while the activity goes on."""

    key: ClassVar[str] = "activity_uuid"
    moments: ClassVar[tuple[str, ...]] = ("started_at",)
    required: ClassVar[tuple[str, ...]] = ("state", "started_at")

    activity_uuid: Uuid | None = None
    username: Text | None = None
    user_uuid: Uuid | None = None
    state: State | None = None
    started_at: Moment | None = None
    seconds: Seconds | None = None
    pause_code: Text | None = None
    source: Text | None = None
    source_key: Text | None = None
    deleted: Flag | None = None

    def __post_init__(self) -> None:
        if self.activity_uuid is None and not (self.source and self.source_key):
            raise ValueError("activity_uuid is missing: give it, or source and source_key")
        if self.deleted:
            return
        if self.state is None or self.started_at is None:
            raise ValueError(_missing(self))
        if bool(self.username) == (self.user_uuid is not None):
            raise ValueError("give username or user_uuid, one of them")
        if self.seconds is not None and self.seconds > LONGEST_ACTIVITY:
            raise ValueError(
                f"seconds ({self.seconds}) is more than 7 days ({LONGEST_ACTIVITY}):"
                " an activity that long is an error, or must be cut"
            )


class DomainEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    domain_uuid: Uuid
    domain_name: Name
    time_zone: Name


class DepartmentEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    department_uuid: Uuid
    department_name: Name


class GroupEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    group_uuid: Uuid
    group_name: Name
    group_weight: Weight = 1
    kind: GroupKind = "team"
    department_uuid: Uuid | None = None


class UserEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    """`add_date` is the phone system's own text; `added_at`, if missing, is read from it."""

    moments: ClassVar[tuple[str, ...]] = ("added_at", "removed_at")

    user_uuid: Uuid
    username: Name
    first_name: Text = ""
    middle_name: Text = ""
    last_name: Text = ""
    email: Text = ""
    level: Level = ""
    add_date: Text = ""
    added_at: Moment | None = None
    removed_at: Moment | None = None


class ExtensionEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    moments: ClassVar[tuple[str, ...]] = ("removed_at",)

    extension_uuid: Uuid
    extension: Name
    user_uuid: Uuid | None = None
    removed_at: Moment | None = None


class MemberEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    group_uuid: Uuid
    user_uuid: Uuid


class QueueEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    queue_uuid: Uuid
    queue_name: Name
    queue_extension: Text = ""


class Directory(Struct, kw_only=True, forbid_unknown_fields=True):
    """A domain and who is in it. A list that is missing says nothing; an empty one says: nobody."""

    domain: DomainEntry
    departments: list[DepartmentEntry] | None = None
    groups: list[GroupEntry] | None = None
    users: list[UserEntry] | None = None
    extensions: list[ExtensionEntry] | None = None
    group_members: list[MemberEntry] | None = None
    queues: list[QueueEntry] | None = None


Record = TypeVar("Record", CallRecord, ActivityRecord)


class Reject(Struct):
    """A record that cannot be imported: where it stood, why, and its text."""

    line: int
    reason: str
    text: str


class Line(NamedTuple, Generic[Record]):
    """A record with its place in the file that it was read from."""

    number: int
    text: str
    record: Record


def _missing(record: CallRecord | ActivityRecord) -> str:
    missing = [name for name in record.required if getattr(record, name) is None]
    return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
