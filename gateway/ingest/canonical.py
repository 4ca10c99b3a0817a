"""The canonical files: CSV with a header, and NDJSON. A line is a record, in both."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from gateway.errors import ImportRefusedError
from gateway.ingest.checking import InvalidRecordError, built, unknown
from gateway.ingest.records import ActivityRecord, CallRecord, Line, Record, Reject
from gateway.ingest.sources import LONGEST_LINE, Format, Source

LONGEST_TEXT = 1000


def calls(source: Source, file_format: Format) -> Iterator[Line[CallRecord] | Reject]:
    return _records(source, file_format, CallRecord)


def activities(source: Source, file_format: Format) -> Iterator[Line[ActivityRecord] | Reject]:
    return _records(source, file_format, ActivityRecord)


def _records(
    source: Source, file_format: Format, kind: type[Record]
) -> Iterator[Line[Record] | Reject]:
    return _csv(source, kind) if file_format == "csv" else _ndjson(source, kind)


def _ndjson(source: Source, kind: type[Record]) -> Iterator[Line[Record] | Reject]:
    decode = msgspec.json.Decoder(kind).decode
    for number, line in source.lines():
        try:
            text = _text(line)
            try:
                record = decode(line)
            except msgspec.ValidationError:
                # Times that ISO 8601 allows and the fast way does not; or what is wrong, in full.
                record = built(kind, _object(line))
        except msgspec.DecodeError as error:
            yield rejected(number, line, f"this is not JSON: {error}")
        except RecursionError:
            yield rejected(number, line, "this is nested too deeply")
        except InvalidRecordError as error:
            yield rejected(number, line, str(error))
        else:
            yield Line(number, text, record)


def _object(line: bytes) -> dict[str, Any]:
    values = msgspec.json.decode(line)
    if not isinstance(values, dict):
        raise InvalidRecordError("this is not a JSON object: write {...}")
    return values


def _csv(source: Source, kind: type[Record]) -> Iterator[Line[Record] | Reject]:
    lines = source.lines()
    first = next(lines, None)
    if first is None:
        raise ImportRefusedError(f"{source.name} is empty: a CSV file begins with a header.")
    header = _header(source.name, first[1], kind)
    for number, line in lines:
        try:
            text = _text(line)
            record = built(kind, _given(header, values(text)), strict=False)
        except InvalidRecordError as error:
            yield rejected(number, line, str(error))
        else:
            yield Line(number, text, record)


def _given(header: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    """What the line says; an empty value says nothing."""
    if len(values) != len(header):
        raise InvalidRecordError(
            f"there are {len(values)} columns, but {len(header)} in the header"
        )
    return {name: value for name, value in zip(header, values, strict=True) if value}


def _header(name: str, line: bytes, kind: type[Record]) -> Sequence[str]:
    """The columns' names; whatever is wrong with them is wrong with the file."""
    try:
        columns = [column.strip() for column in values(_text(line))]
    except InvalidRecordError as error:
        raise ImportRefusedError(f"{name}: the header cannot be read: {error}.") from None
    known = kind.__struct_fields__
    found = [unknown(column, known) for column in columns if column not in known]
    found += [f'"{column}" stands twice' for column in sorted(_repeated(columns))]
    found = found or list(_lacking(columns, kind))
    if found:
        raise ImportRefusedError(
            f"{name}: the header is wrong: {'; '.join(found)}."
            f" Columns, separated by commas, are: {', '.join(known)}."
        )
    return columns


def _lacking(columns: Sequence[str], kind: type[Record]) -> Iterator[str]:
    if kind.key not in columns and not {"source", "source_key"} <= set(columns):
        yield f"{kind.key} is missing, and so is source or source_key, which would do too"
    if "deleted" not in columns:
        yield from (f"{name} is missing" for name in kind.required if name not in columns)


def _repeated(columns: Sequence[str]) -> set[str]:
    return {column for column in columns if columns.count(column) > 1}


def _text(line: bytes) -> str:
    if len(line) > LONGEST_LINE:
        raise InvalidRecordError(f"the line is longer than {LONGEST_LINE} bytes")
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidRecordError(
            f"this is not UTF-8 (byte {error.start + 1} of the line)"
        ) from None


def values(text: str) -> list[str]:
    # A record stands on one line, so that a stray quote spoils one record and not the next ones.
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise InvalidRecordError(f"the quotes do not match: {error}") from None


def rejected(number: int, line: bytes, reason: str) -> Reject:
    text = line.decode(errors="backslashreplace").rstrip("\r\n")
    return Reject(number, reason, text if len(line) <= LONGEST_LINE else f"{text[:LONGEST_TEXT]}…")
