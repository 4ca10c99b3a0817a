"""The schema's own scalars, strict on input, canonical on output."""

import re
from datetime import UTC, date, datetime
from typing import NewType
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry
from strawberry.types.scalar import ScalarDefinition

from gateway.errors import BadUserInputError
from gateway.period import zone

Count = NewType("Count", int)
Seconds = NewType("Seconds", int)

LARGEST = 2**63 - 1
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d")


def parse_uuid(value: object) -> UUID:
    if not isinstance(value, str) or not UUID_TEXT.fullmatch(value):
        raise BadUserInputError(
            "uuid",
            f"{_shown(value)} is no UUID: write it as 00000000-0000-0000-0000-000000000000.",
        )
    return UUID(value)


def parse_datetime(value: object) -> datetime:
    """An instant; a local time without an offset could be any, so it is refused."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or (isinstance(value, str) and DATE_TEXT.fullmatch(value)):
        raise BadUserInputError(
            "dateTime",
            f'{_shown(value)} is no DateTime: write ISO 8601 such as "2026-03-08T09:30:00Z".',
        )
    if moment.tzinfo is None:
        raise BadUserInputError(
            "dateTime",
            f"{_shown(value)} has no offset: end it with Z or an offset such as +07:00,"
            " or ask for local days by `days: {from: …, to: …}`.",
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadUserInputError("dateTime", f"{_shown(value)} is out of range.") from None


def parse_date(value: object) -> date:
    try:
        if isinstance(value, str) and DATE_TEXT.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadUserInputError("date", f'{_shown(value)} is no Date: write it as "2026-03-08".')


def parse_zone(value: object) -> ZoneInfo:
    if not isinstance(value, str):
        raise BadUserInputError("timeZone", f"{_shown(value)} is no IANA name of a time zone.")
    return zone(value)


def instant_text(moment: datetime) -> str:
    """ISO 8601 in UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def whole_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise TypeError(f"a 64-bit integer was expected, not {value!r}")
    return value


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004


def _number(name: str, description: str) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, serialize=whole_number, parse_value=whole_number
    )


SCALARS: dict[object, ScalarDefinition] = {
    Count: _number("Count", "A number of calls or rows: a 64-bit integer, as a JSON number."),
    Seconds: _number("Seconds", "Seconds: a 64-bit integer, as a JSON number."),
    UUID: strawberry.scalar(
        name="UUID",
        description="A UUID in its canonical form, in lower case: the phone system's key.",
        serialize=str,
        parse_value=parse_uuid,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, ISO 8601. Answers are in UTC with Z; input needs an offset or Z.",
        serialize=instant_text,
        parse_value=parse_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A local day, YYYY-MM-DD.",
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    ZoneInfo: strawberry.scalar(
        name="TimeZone",
        description='A time zone by its IANA name, such as "Asia/Ho_Chi_Minh".',
        serialize=str,
        parse_value=parse_zone,
    ),
}
