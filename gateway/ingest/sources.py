"""Where records are read from: a file, plain or compressed, or standard input."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import zstandard

from gateway.errors import ImportRefusedError

Format = Literal["csv", "ndjson"]

STANDARD_INPUT = "-"
LONGEST_LINE = 65_536
BUFFER = 1 << 18
# A small piece of a compressed file may hold very much.
ZSTANDARD_PIECE = 16_384
DAMAGED = (OSError, EOFError, zlib.error, zstandard.ZstdError)
FORMATS: dict[str, Format] = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


class Source:
    """An open file: its lines, and how many of its bytes have been read so far."""

    def __init__(self, name: str, raw: BinaryIO, reader: io.BufferedReader) -> None:
        self.name = name
        self.size = Path(name).stat().st_size if name != STANDARD_INPUT else None
        self._raw = raw
        self._reader = reader

    @property
    def position(self) -> int:
        return self._raw.tell() if self.size is not None else 0

    def lines(self, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
        """(number, line) of every line that is not blank; of one that is too long its beginning,
        which is longer than `longest`.
        """
        number = 0
        try:
            while line := self._reader.readline(longest + 1):
                number += 1
                if len(line) > longest:
                    self._skip_line(line)
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if not line.isspace():
                    yield number, line
        except DAMAGED as error:
            raise self._damaged(f"after line {number}", error) from None

    def all(self) -> bytes:
        try:
            return self._reader.read()
        except DAMAGED as error:
            raise self._damaged("to its end", error) from None

    def _skip_line(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._reader.readline(LONGEST_LINE)

    def _damaged(self, where: str, error: Exception) -> ImportRefusedError:
        return ImportRefusedError(
            f"{self.name} cannot be read {where}: it is damaged or cut off ({error})."
        )


@contextmanager
def opened(name: str) -> Iterator[Source]:
    """A file, decompressed by the ending of its name, or standard input for `-`."""
    if name == STANDARD_INPUT:
        yield Source(name, sys.stdin.buffer, cast("io.BufferedReader", sys.stdin.buffer))
        return
    try:
        raw = Path(name).open("rb")  # noqa: SIM115  # it is closed below
    except OSError as error:
        raise ImportRefusedError(f"{name} cannot be opened: {error.strerror}.") from None
    with raw:
        yield Source(name, raw, _decompressed(name, raw))


def format_of(name: str, given: Format | None) -> Format:
    """The format that is given, or else that of the file's name."""
    if given is not None:
        return given
    if name == STANDARD_INPUT:
        return "ndjson"
    plain = name.removesuffix(".gz").removesuffix(".zst")
    found = FORMATS.get(Path(plain).suffix)
    if found is None:
        raise ImportRefusedError(
            f"The name {name} does not tell the format: let it end in .csv or .ndjson"
            " (also .csv.gz, .ndjson.zst, ...), or add --format csv or --format ndjson."
        )
    return found


def _decompressed(name: str, raw: io.BufferedReader) -> io.BufferedReader:
    if name.endswith(".gz"):
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=raw)), BUFFER)
    if name.endswith(".zst"):
        return io.BufferedReader(_Zstandard(raw), BUFFER)
    return raw


class _Zstandard(io.RawIOBase):
    """Frames one after another. zstandard's own stream reader takes a cut-off file for a whole."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._begun = False
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = self._frame.unused_data if self._frame.eof else b""
            piece = piece or self._raw.read(ZSTANDARD_PIECE)
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._begun = False
            if not piece:
                if self._begun:
                    raise EOFError("the last frame is not complete")
                return 0
            self._begun = True
            self._left = self._frame.decompress(piece)
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._left))
        view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
