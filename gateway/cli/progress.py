"""What an import tells while it runs: a bar on a terminal, rejected records in a file."""

import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from gateway.errors import ImportRefusedError
from gateway.ingest.counts import Counts
from gateway.ingest.records import Reject
from gateway.ingest.sources import Source


class Report:
    """`counts` is what is committed so far."""

    def __init__(self, source: Source, rejects: Path) -> None:
        self.counts = Counts()
        self._source = source
        self._path = rejects
        self._file: BinaryIO | None = None
        self._bar = Progress(
            TextColumn("{task.fields[read]:,} records"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task("", total=source.size, read=0, rate=0.0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
        if self._file is not None:
            self._file.close()
            sys.stderr.write(f"Rejected records: {self._path}\n")

    def progress(self, counts: Counts) -> None:
        self.counts = counts
        elapsed = self._bar.tasks[0].elapsed or 0
        self._bar.update(
            self._task,
            completed=self._source.position,
            read=counts.read,
            rate=counts.read / elapsed if elapsed else 0,
        )

    def reject(self, reject: Reject) -> None:
        if self._file is None:
            self._file = self._opened()
        self._file.write(msgspec.json.encode(reject) + b"\n")

    def _opened(self) -> BinaryIO:
        try:
            return self._path.open("wb")
        except OSError as error:
            raise ImportRefusedError(
                f"Rejected records cannot be listed in {self._path} ({error.strerror}):"
                " name another file with --rejects."
            ) from None
