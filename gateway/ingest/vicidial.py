"""VICIdial: an export of vicidial_agent_log. A row is a pause, a wait, a talk and a dispo."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

from gateway.errors import ImportRefusedError
from gateway.ingest.canonical import rejected, values
from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.records import ActivityRecord, Line, State
from gateway.ingest.sources import Source
from gateway.ingest.texts import lenient, seconds
from gateway.ingest.timeline import Activity, epoch_of

SOURCE = "vicidial"
STATES: tuple[State, ...] = get_args(get_args(State)[0])
EPOCHS = tuple(f"{state}_epoch" for state in STATES)
NEEDED = ("agent_log_id", "user", *EPOCHS, *(f"{state}_sec" for state in STATES), "sub_status")
# VICIdial's own reports leave out what is longer: its columns end at 65,535.
BROKEN = 65_000
ABSENT = {"", "NULL", "\\N"}


def activities(source: Source) -> Iterator[Activity]:
    lines = source.lines()
    header = _header(source.name, next(lines, None))
    for number, line in lines:
        try:
            text = lenient(line)
            row = _row(header, values(text))
            key, user = _needed(row, "agent_log_id"), _needed(row, "user")
        except InvalidRecordError as error:
            yield rejected(number, line, str(error))
            continue
        for state in STATES:
            try:
                record = _activity(row, key, user, state)
            except ValueError as error:
                yield rejected(number, line, str(error))
            else:
                if record is not None:
                    yield Line(number, text, record)


def _activity(row: Mapping[str, str], key: str, user: str, state: State) -> ActivityRecord | None:
    """The row's activity of that state, if it has come to one."""
    length = _length(row, state)
    if not length:
        return None
    name = f"{state}_epoch"
    return ActivityRecord(
        username=user,
        state=state,
        started_at=datetime.fromtimestamp(epoch_of(_needed(row, name), name), UTC),
        seconds=length,
        pause_code=row.get("sub_status", "") if state == "pause" else "",
        source=SOURCE,
        source_key=f"{key}:{state}",
    )


def _length(row: Mapping[str, str], state: State) -> int:
    """The seconds that the row tells, or, where it does not, those until the next state began."""
    name = f"{state}_sec"
    length = seconds(row[name], name) if name in row else _until_next(row, state)
    if length > BROKEN:
        raise InvalidRecordError(f"{name} ({length}) is more than {BROKEN}: VICIdial lost count")
    return length


def _until_next(row: Mapping[str, str], state: State) -> int:
    place = STATES.index(state)
    if EPOCHS[place] not in row:
        return 0
    begun = epoch_of(row[EPOCHS[place]], EPOCHS[place])
    for name in EPOCHS[place + 1 :]:
        if name in row:
            return max(0, epoch_of(row[name], name) - begun)
    return 0


def _row(header: Sequence[str], given: Sequence[str]) -> Mapping[str, str]:
    """What the row says; zero epochs and NULLs say nothing."""
    if len(given) != len(header):
        raise InvalidRecordError(f"there are {len(given)} columns, but {len(header)} in the header")
    return {
        name: value
        for name, value in zip(header, (text.strip() for text in given), strict=True)
        if value not in ABSENT and not (name in EPOCHS and value == "0")
    }


def _needed(row: Mapping[str, str], name: str) -> str:
    if name not in row:
        raise InvalidRecordError(f"{name} is missing")
    return row[name]


def _header(name: str, first: tuple[int, bytes] | None) -> Sequence[str]:
    if first is None:
        raise ImportRefusedError(f"{name} is empty: an export begins with a header.")
    columns = [column.strip() for column in values(lenient(first[1]))]
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise ImportRefusedError(
            f"{name}: the header lacks {', '.join(missing)}: export vicidial_agent_log with the"
            " names of its columns in the first line."
        )
    return columns
