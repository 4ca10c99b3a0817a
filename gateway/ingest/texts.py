"""The text of a foreign line, and the values in it."""

from gateway.ingest.checking import InvalidRecordError, shown
from gateway.ingest.sources import LONGEST_LINE

# Three years: nothing here lasts as long, and sums of it can be stored.
MOST_DIGITS = 9


def lenient(line: bytes) -> str:
    """The line's text. Phone systems pass names on as they get them: what is not UTF-8 is read as
    Latin-1, since a call with a strange name is a call.
    """
    if len(line) > LONGEST_LINE:
        raise InvalidRecordError(f"the line is longer than {LONGEST_LINE} bytes")
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return line.decode("latin-1").rstrip("\r\n")


def whole(line: bytes) -> None:
    """InvalidRecordError if the line was cut off: its writer ends each with a line feed."""
    if len(line) <= LONGEST_LINE and not line.endswith(b"\n"):
        raise InvalidRecordError("the line is cut off: it does not end with a line feed")


def seconds(text: str, name: str) -> int:
    """A number of seconds that the store can hold."""
    if not (text.isascii() and text.isdigit() and len(text) < MOST_DIGITS):
        raise InvalidRecordError(f"{name}: {shown(text)} is not a whole number of seconds")
    return int(text)
