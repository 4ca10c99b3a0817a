"""What is wrong with a value, a record or a document, said to people."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_type_hints

from msgspec import Meta, Struct, ValidationError, convert
from msgspec.structs import fields

AnyStruct = TypeVar("AnyStruct", bound=Struct)

LONGEST_SHOWN = 60


class InvalidRecordError(ValueError):
    """A record breaks a rule; the message says which."""


def built(kind: type[AnyStruct], values: dict[str, Any], *, strict: bool = True) -> AnyStruct:
    """The struct that these values make; InvalidRecordError tells everything that is wrong.

    Not `strict`: every value is text, as in CSV.
    """
    unread = _read_moments(kind, values)
    if not unread:
        try:
            return convert(values, kind, strict=strict)
        except ValidationError as error:
            reason = str(error)
    raise InvalidRecordError("; ".join(problems(kind, values, strict=strict)) or reason)


def problems(kind: type[Struct], values: Mapping[str, Any], *, strict: bool = True) -> list[str]:
    """What is wrong with each value, by itself."""
    known = {known.name: known for known in fields(kind)}
    found = [unknown(name, known) for name in values if name not in known]
    for name, known_field in known.items():
        if name not in values:
            if known_field.required:
                found.append(f"{name} is missing")
            continue
        moment = name in getattr(kind, "moments", ())
        try:
            convert(values[name], known_field.type, strict=strict or moment)
        except ValidationError:
            found.append(f"{name}: {shown(values[name])} is not {_expected(kind)[name]}")
    return found


def moment(text: str) -> datetime | None:
    """The time that an ISO 8601 text tells, naive if it names no offset."""
    # Shorter forms, such as 20260308 or a lone year, are numbers as easily.
    if text[4:5] != "-" or len(text) < len("2026-03-08T09:30"):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def shown(value: object) -> str:
    """The value as it is named in a message."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"{shown(name)} is not known here" + (f": {near[0]} is meant?" if near else "")


def _read_moments(kind: type[Struct], values: dict[str, Any]) -> bool:
    """Read the texts of times in their place; whether any cannot be read."""
    unread = False
    for name in getattr(kind, "moments", ()):
        value = values.get(name)
        if isinstance(value, str):
            read = moment(value)
            values[name] = read or value
            unread |= read is None
    return unread


@lru_cache
def _expected(kind: type[Struct]) -> Mapping[str, str]:
    """What each field expects, from its type's description."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: _description(hint) for name, hint in hints.items()}


def _description(hint: Any) -> str:
    for argument in (hint, *get_args(hint)):
        for meta in getattr(argument, "__metadata__", ()):
            if isinstance(meta, Meta) and meta.description:
                return meta.description
    return "what belongs here"
