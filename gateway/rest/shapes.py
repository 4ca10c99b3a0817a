"""The rows' shapes: tables of keys, kinds and sources, and the one serializer that reads them.

Keys, their order, types and empty values are the original API's. Whoever changes one breaks
somebody's client.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.measures import MEASURES

Shape: TypeAlias = "tuple[Column, ...]"


@dataclass(frozen=True, slots=True)
class Kind:
    """A JSON Schema, what stands for nothing, and, of a list, the shape of its items."""

    schema: Mapping[str, Any]
    empty: Any = ""
    items: "Shape | None" = None


@dataclass(frozen=True, slots=True)
class Column:
    """A key of the answer and the key of the row that it shows; without one it is always empty."""

    key: str
    kind: Kind
    source: str | None
    description: str = ""


def shaped(row: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The row as the shape describes it."""
    return {column.key: _value(row, column) for column in shape}


def _value(row: Mapping[str, Any], column: Column) -> Any:
    kind = column.kind
    value = None if column.source is None else row[column.source]
    if kind.items is not None and value:
        return [shaped(item, kind.items) for item in value]
    return value or kind.empty


TEXT = Kind({"type": "string"})
UUID_TEXT = Kind({"type": "string", "description": "A UUID, or empty."})
COUNT = Kind({"type": "integer", "format": "int64", "minimum": 0}, 0)
DAY = Kind({"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT00:00:00Z$"})
MOMENT = Kind(
    {
        "type": "string",
        "pattern": r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[-+]\d\d(:\d\d){0,2})?$",
    }
)


def _listed(items: Shape, empty: Any) -> Kind:
    kind = "array" if empty is not None else ["array", "null"]
    return Kind({"type": kind}, empty, items)


def _uuid(key: str, source: str | None = None) -> Column:
    return Column(key, UUID_TEXT, source or key)


def _texts(*keys: str) -> Shape:
    return tuple(Column(key, TEXT, key) for key in keys)


def _text(key: str, source: str, description: str = "") -> Column:
    return Column(key, TEXT, source, description)


def _figure(key: str, measure: str = "") -> Column:
    return Column(key, COUNT, measure or key, MEASURES[measure or key].definition)


def _figures(*keys: str) -> Shape:
    return tuple(_figure(key) for key in keys)


def _state(key: str, what: str) -> Column:
    return Column(key, COUNT, key, f"{what}, seconds.")


_DAY = Column("time", DAY, "time", "The local day's midnight; the Z is part of the format.")
_EXTENSION = _text("extension", "extension", "The number; the lowest of several.")
_DOMAIN = _uuid("domain_uuid")
_ADD_DATE = _text("add_date", "add_date_text", "The phone system's own text.")

_GROUP: Shape = (
    _uuid("group_uuid", "uuid"),
    _text("group_name", "name"),
    Column("group_weight", Kind({"type": "integer"}, 0), "weight"),
    _uuid("department_uuid"),
)
_DEPARTMENT: Shape = (_uuid("department_uuid", "uuid"), _text("department_name", "name"), _DOMAIN)
_SUPERIOR: Shape = (
    _uuid("user_uuid", "uuid"),
    *_texts("username", "first_name", "middle_name", "last_name"),
    _EXTENSION,
    *_texts("level", "email"),
)
_MEMBERSHIPS: Shape = (
    Column("groups", _listed(_GROUP, None), "groups"),
    Column("departments", _listed(_DEPARTMENT, None), "departments"),
)
_PEOPLE: Shape = (
    *_MEMBERSHIPS,
    Column("leaders", _listed(_SUPERIOR, None), "leaders"),
    Column("managers", _listed(_SUPERIOR, None), "managers"),
)
_SUMMARY_FIGURES = _figures(
    "total_duration",
    "total_billsec",
    "total_waitsec",
    "total_call",
    "total_answered",
    "total_no_answered",
    "total_busy",
    "total_not_available",
    "total_cancel",
    "total_invalid",
    "total_inbound",
    "total_outbound",
    "total_local",
)

USER: Shape = (
    _uuid("user_uuid", "uuid"),
    _uuid("extension_uuid"),
    _DOMAIN,
    _EXTENSION,
    *_texts("username", "first_name", "middle_name", "last_name", "level", "email"),
    *_MEMBERSHIPS,
    _ADD_DATE,
)

USER_FIGURES: Shape = (
    *_figures(
        "total_duration",
        "total_billsec",
        "total_answered",
        "total_no_answered",
        "total_busy_line",
        "total_busy",
        "total_not_available",
        "total_failed",
        "total_ivr",
        "total_cancel",
        "total_voicemail",
    ),
    _figure("total_invalid_number", "total_invalid"),
    *_figures(
        "total_phone_block",
        "total_congestion",
        "total_inbound",
        "total_outbound",
        "total_local",
        "total_call",
    ),
)

EXTENSION: Shape = (
    _figure("answered", "total_answered"),
    _figure("busy", "total_busy"),
    _figure("busy_line", "total_busy_line"),
    _figure("cancel", "total_cancel"),
    _text("extension", "extension"),
    _uuid("extension_id", "extension_uuid"),
    _text("firstname", "first_name"),
    _figure("inbound", "total_inbound"),
    _figure("invalid", "total_invalid"),
    _text("lastname", "last_name"),
    _figure("local", "total_local"),
    _text("middlename", "middle_name"),
    _figure("no_answered", "total_no_answered"),
    _figure("not_available", "total_not_available"),
    _figure("outbound", "total_outbound"),
    _figure("total", "total_call"),
    _uuid("user_id", "uuid"),
    _text("username", "username"),
)

SUMMARY: Shape = (
    _DAY,
    _uuid("user_uuid", "uuid"),
    *_texts("username", "last_name", "middle_name", "first_name", "extension"),
    _uuid("extension_uuid"),
    *_texts("email"),
    *_SUMMARY_FIGURES,
    *_PEOPLE,
)

DAY_REPORT: Shape = (
    _DAY,
    *_figures("total_call", "total_invalid", "total_inbound", "total_outbound"),
)

SUMMARY_DAY: Shape = (
    _uuid("user_uuid", "uuid"),
    *_texts("username", "last_name", "middle_name", "first_name"),
    _ADD_DATE,
    _EXTENSION,
    Column("extension_uuid", UUID_TEXT, None, "Always empty, as in the original."),
    *_SUMMARY_FIGURES,
    *_PEOPLE,
    Column("reports", _listed(DAY_REPORT, []), "reports"),
)

AGENT_TIME: Shape = (
    _uuid("user_uuid", "uuid"),
    _DOMAIN,
    *_texts("username", "last_name", "middle_name", "first_name"),
    Column("latest_time", MOMENT, "latest_time", "Start of the last activity, local time."),
    Column("earliest_time", MOMENT, "earliest_time", "Start of the first activity, local time."),
    _state("total_pause_sec", "Paused"),
    _state("total_wait_sec", "Waiting for a call"),
    _state("total_talk_sec", "Talking"),
    _state("total_dispo_sec", "Finishing up after a call"),
)


def measures_of(shape: Shape) -> tuple[str, ...]:
    """The measures that the shape shows."""
    sources = (column.source or "" for column in shape)
    return tuple(source for source in sources if source in MEASURES)
