"""A directory document read from a file: every mistake is told, with its place."""

from collections.abc import Iterator
from typing import Any

import msgspec

from gateway.errors import ImportRefusedError
from gateway.ingest import faults
from gateway.ingest.checking import InvalidRecordError, built, problems, shown, unknown
from gateway.ingest.records import (
    DepartmentEntry,
    Directory,
    DomainEntry,
    ExtensionEntry,
    GroupEntry,
    MemberEntry,
    QueueEntry,
    UserEntry,
)

LISTS: dict[str, type[msgspec.Struct]] = {
    "departments": DepartmentEntry,
    "groups": GroupEntry,
    "users": UserEntry,
    "extensions": ExtensionEntry,
    "group_members": MemberEntry,
    "queues": QueueEntry,
}


def directory(text: bytes) -> Directory:
    """The document; ImportRefusedError names all its mistakes, a line each."""
    try:
        document = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImportRefusedError(f"The directory is not a JSON document: {error}.") from None
    if not isinstance(document, dict):
        raise ImportRefusedError('A directory is a JSON object: {"domain": {...}, "users": [...]}.')
    found = list(_problems(document))
    if found:
        raise ImportRefusedError("\n".join(found))
    return msgspec.convert(document, Directory)


def _problems(document: dict[str, Any]) -> Iterator[str]:
    yield from (
        unknown(name, ["domain", *LISTS]) for name in document if name not in {"domain", *LISTS}
    )
    if "domain" in document:
        yield from _domain_problems(document["domain"])
    else:
        yield "domain is missing"
    for name, kind in LISTS.items():
        entries = document.get(name)
        if isinstance(entries, list):
            for number, entry in enumerate(entries):
                yield from _entry_problems(f"{name}[{number}]", entry, kind)
        elif entries is not None:
            yield f"{name}: {shown(entries)} is not a list"


def _domain_problems(entry: object) -> Iterator[str]:
    found = list(_entry_problems("domain", entry, DomainEntry))
    yield from found or faults.of_domain(msgspec.convert(entry, DomainEntry))


def _entry_problems(place: str, entry: object, kind: type[msgspec.Struct]) -> Iterator[str]:
    """What is wrong with an entry, whose times become times in their place."""
    if not isinstance(entry, dict):
        yield f"{place}: {shown(entry)} is not an object"
        return
    try:
        built(kind, entry)
    except InvalidRecordError:
        yield from (f"{place}.{problem}" for problem in problems(kind, entry))
