"""The files that mod_json_cdr writes: one CDR each, in a directory, or many as the lines of one;
and Master.csv of mod_cdr_csv.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from gateway.errors import ImportRefusedError
from gateway.ingest import freeswitch, freeswitch_csv, sources
from gateway.ingest.canonical import rejected
from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.freeswitch_cdr import LARGEST, document
from gateway.ingest.records import CallRecord, Line, Reject
from gateway.ingest.sources import LONGEST_LINE, Source

Call: TypeAlias = Line[CallRecord] | Reject

# FreeSWITCH names them so; the endings beyond are an operator's.
ENDINGS = (".cdr.json", ".cdr.json.gz", ".cdr.json.zst")


class Directory(Source):
    """Its size is not known: a count beforehand would take as long as the reading."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = None

    def files(self) -> Iterator[str]:
        """The CDRs' files, also of directories in it, which `rotate` makes."""
        waiting = [self.name]
        while waiting:
            try:
                entries = os.scandir(waiting.pop())
            except OSError as error:
                raise ImportRefusedError(
                    f"{error.filename} cannot be opened: {error.strerror}."
                ) from None
            with entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.name.endswith(ENDINGS):
                        yield entry.path


@contextmanager
def opened(name: str) -> Iterator[Source]:
    if Path(name).is_dir():
        yield Directory(name)
        return
    with sources.opened(name) as source:
        yield source


class Reading:
    """`legs` counts the CDRs so far that are no calls of their own."""

    def __init__(self) -> None:
        self.legs = 0
        self._zone = ZoneInfo("UTC")

    def calls(self, source: Source, zone: ZoneInfo) -> Iterator[Call]:
        """`zone` is that of the local times of mod_cdr_csv; mod_json_cdr's are instants."""
        self._zone = zone
        if not isinstance(source, Directory):
            yield from self._calls(source)
            return
        for number, file in enumerate(source.files(), 1):
            yield from self._of_file(number, file)

    def _of_file(self, number: int, file: str) -> Iterator[Call]:
        """Those of one file among many: if it is broken the others are not."""
        try:
            with sources.opened(file) as source:
                if not source.size:
                    yield Reject(number, f"{file}: the file is empty", "")
                for each in self._calls(source):
                    if isinstance(each, Reject):
                        yield Reject(number, f"{file}: {each.reason}", each.text)
                    else:
                        yield each._replace(number=number)
        except ImportRefusedError as error:
            yield Reject(number, error.message, "")

    def _calls(self, source: Source) -> Iterator[Call]:
        for number, content in source.lines(LARGEST):
            try:
                record = self._record(content)
            except InvalidRecordError as error:
                yield rejected(number, content, str(error))
                continue
            if record is None:
                self.legs += 1
            else:
                yield Line(number, _text(content), record)

    def _record(self, content: bytes) -> CallRecord | None:
        if len(content) > LARGEST:
            raise InvalidRecordError(f"the line is longer than {LARGEST} bytes")
        if content.startswith(b'"'):
            return freeswitch_csv.call(content, self._zone)
        return freeswitch.call(document(content))


def _text(content: bytes) -> str:
    return content[:LONGEST_LINE].decode(errors="backslashreplace").rstrip("\r\n")
