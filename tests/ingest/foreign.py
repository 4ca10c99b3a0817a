"""Files of phone systems, as bytes, and what is read from them."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from gateway.ingest.records import ActivityRecord, CallRecord, Line, Reject
from gateway.ingest.sources import Source, opened

Read = TypeVar("Read", CallRecord, ActivityRecord)


def read(
    path: Path, content: bytes, reader: Callable[[Source], Iterator[Line[Read] | Reject]]
) -> list[Line[Read] | Reject]:
    path.write_bytes(content)
    with opened(str(path)) as source:
        return list(reader(source))


def good(found: Iterable[Line[Read] | Reject]) -> list[Read]:
    """The records; nothing may be rejected."""
    records: list[Read] = []
    for item in found:
        assert not isinstance(item, Reject), item
        records.append(item.record)
    return records


def reasons(found: Iterable[Any]) -> dict[int, str]:
    return {item.line: item.reason for item in found if isinstance(item, Reject)}
