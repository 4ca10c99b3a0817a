"""Records as rows of a domain: with keys, and with instants for local times."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.records import ActivityRecord, CallRecord
from gateway.period import EARLIEST, LATEST, instant
from gateway.store.writes import Writer

Row = tuple[Any, ...]


def call_row(writer: Writer, position: int, record: CallRecord) -> Row:
    """The row, in the order of `CALLS.columns`; InvalidRecordError if the domain cannot have it."""
    texts = (
        record.caller_number or "",
        record.callee_number or "",
        record.hangup_cause or "",
        record.source or "",
        record.source_key or "",
        record.status_rule or "",
    )
    extension, username, queue = (
        record.extension or None,
        record.username or None,
        record.queue or None,
    )
    _check_texts(extension or "", username or "", queue or "", *texts)
    return (
        position,
        record.call_uuid or _derived(writer, record.source, record.source_key),
        bool(record.deleted),
        _started_at(writer, record.started_at, deleted=record.deleted),
        record.direction,
        record.status,
        record.duration,
        record.billsec,
        record.queue_waitsec,
        record.extension_uuid,
        extension,
        username,
        record.user_uuid,
        record.queue_uuid,
        queue,
        *texts,
    )


def activity_row(writer: Writer, position: int, record: ActivityRecord) -> Row:
    """The row, in the order of `ACTIVITIES.columns`."""
    username = record.username or None
    texts = (record.pause_code or "", record.source or "")
    _check_texts(username or "", *texts)
    return (
        position,
        record.activity_uuid or _derived(writer, record.source, record.source_key),
        bool(record.deleted),
        username,
        record.user_uuid,
        record.state,
        _started_at(writer, record.started_at, deleted=record.deleted),
        record.seconds,
        *texts,
    )


def derived_uuid(domain_uuid: UUID, source: str, source_key: str) -> UUID:
    """The uuid of a record that has none. The length keeps apart what the two texts are."""
    return uuid5(domain_uuid, f"{len(source)}:{source}:{source_key}")


def _derived(writer: Writer, source: str | None, source_key: str | None) -> UUID:
    return derived_uuid(writer.domain_uuid, source or "", source_key or "")


def _check_texts(*texts: str) -> None:
    if "\0" in "".join(texts):
        raise InvalidRecordError("a text holds the character U+0000, which cannot be stored")


def _started_at(
    writer: Writer, started_at: datetime | None, *, deleted: bool | None
) -> datetime | None:
    if started_at is None or deleted:
        return None
    if not EARLIEST.year < started_at.year < LATEST.year:
        raise InvalidRecordError(
            f"started_at ({started_at.isoformat()}) must lie between {EARLIEST} and {LATEST}"
        )
    if started_at.tzinfo is None:
        started_at = instant(started_at, writer.zone)
    if writer.raw_since is not None and started_at < writer.raw_since:
        raise InvalidRecordError(
            f"started_at ({started_at.isoformat()}) is before {writer.raw_since.isoformat()}:"
            " what is older is no longer kept one by one in this domain"
        )
    return started_at
