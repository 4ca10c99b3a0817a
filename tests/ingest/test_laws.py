"""The laws of imports, over random records, files and orders."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.ingest import chunks
from gateway.ingest.imports import Counts
from gateway.ingest.records import CallRecord
from tests.conftest import TestDatabase
from tests.ingest.office import START, Office, call, key

NUMBERS = {"101": "an", "102": "binh", "103": None, "999": None, "": None}
KNOWN = {"101", "102", "103"}

# A call's duration and number, or None: deleted.
State = tuple[int, str] | None
Edit = tuple[int, State]

states = st.tuples(st.integers(0, 3), st.sampled_from(sorted(NUMBERS)))
edits = st.tuples(st.integers(0, 5), st.none() | states)
files = st.lists(st.lists(edits, max_size=6), max_size=5)
laws = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def record(edit: Edit) -> CallRecord:
    name, state = edit
    if state is None:
        return CallRecord(call_uuid=key(name), deleted=True)
    duration, number = state
    return call(name, duration=duration, billsec=0, extension=number)


def expected(state: State) -> tuple[int, str, UUID | None, UUID | None]:
    assert state is not None
    duration, number = state
    user = NUMBERS[number]
    return duration, number, key(number) if number in KNOWN else None, key(user) if user else None


async def stored(office: Office) -> dict[UUID, tuple[Any, ...]]:
    async with office.place.owner() as owner:
        rows = await owner.fetch(
            "select * from calls where domain_uuid = $1 and started_at = $2",
            office.domain_uuid,
            START,
        )
    return {
        row["call_uuid"]: (
            row["duration"],
            row["extension"],
            row["extension_uuid"],
            row["user_uuid"],
        )
        for row in rows
    }


def run(place: TestDatabase, work: Any, chunk: int) -> None:
    """Do the work on a new domain, in chunks of so many records."""

    async def on_a_new_domain() -> None:
        async with place.opened() as database:
            office = Office(place, database, uuid4().hex)
            await office.directory()
            await work(office)

    with mock.patch.object(chunks, "CHUNK", chunk):
        done: Coroutine[Any, Any, None] = on_a_new_domain()
        asyncio.run(done)


@laws
@given(files=files, chunk=st.integers(1, 4))
def test_of_equal_keys_the_last_record_counts_however_the_files_are_cut(
    database: TestDatabase, files: Sequence[Sequence[Edit]], chunk: int
) -> None:
    async def work(office: Office) -> None:
        for file in files:
            await office.calls(*map(record, file))
        last = dict(edit for file in files for edit in file)
        assert await stored(office) == {
            key(name): expected(state) for name, state in last.items() if state is not None
        }

    run(database, work, chunk)


@laws
@given(
    edits=st.dictionaries(st.integers(0, 8), states),
    shuffled=st.randoms(use_true_random=False),
    cut=st.integers(0, 8),
    chunk=st.integers(1, 4),
)
def test_shuffled_split_and_repeated_files_give_the_same(
    database: TestDatabase, edits: dict[int, State], shuffled: Any, cut: int, chunk: int
) -> None:
    async def work(office: Office) -> None:
        records = [record(edit) for edit in edits.items()]
        await office.calls(*records)
        before = await office.all()
        shuffled.shuffle(records)
        await office.calls(*records[:cut])
        await office.calls(*records[cut:], *records[:cut])
        assert await office.all() == before

        other = Office(office.place, office.database, uuid4().hex)
        await other.directory()
        await other.calls(*records[:cut])
        await other.calls(*records[cut:], *records[:cut])
        assert await stored(other) == await stored(office)
        assert len(before[7]) == len(edits)

    run(database, work, chunk)


class History:
    """What each call was after each batch that changed it: the independent account of undo."""

    def __init__(self) -> None:
        self.steps: dict[int, list[tuple[int, State]]] = {}

    def note(self, batch: int, file: Sequence[Edit]) -> None:
        for name, state in file:
            steps = self.steps.setdefault(name, [])
            if state != (steps[-1][1] if steps else None):
                steps.append((batch, state))

    def undo(self, batch: int) -> None:
        for name, steps in self.steps.items():
            self.steps[name] = [step for step in steps if step[0] != batch]

    def last(self) -> dict[UUID, tuple[Any, ...]]:
        now = {name: steps[-1][1] for name, steps in self.steps.items() if steps}
        return {key(name): expected(state) for name, state in now.items() if state is not None}


@laws
@given(
    actions=st.lists(st.lists(edits, max_size=4) | st.integers(0, 7), max_size=12),
    chunk=st.integers(1, 4),
)
def test_undone_imports_leave_what_the_others_did(
    database: TestDatabase, actions: Sequence[list[Edit] | int], chunk: int
) -> None:
    """An action is a file to import, or which of the imports so far to undo."""

    async def work(office: Office) -> None:
        history = History()
        batches: dict[int, Counts] = {}
        for number, action in enumerate(actions):
            if isinstance(action, list):
                batches[number] = await office.calls(*map(record, action))
                history.note(number, last_of_each_chunk(action, chunk))
            elif batches:
                which = sorted(batches)[action % len(batches)]
                await office.undo(batches.pop(which))
                history.undo(which)
            assert await stored(office) == history.last()
        for which in sorted(batches, reverse=True):
            await office.undo(batches[which])
        assert not await stored(office)
        assert not await office.rows("import_changes")

    run(database, work, chunk)


def last_of_each_chunk(file: Sequence[Edit], size: int) -> list[Edit]:
    """Records that a later one of the same chunk overrides were never written."""
    parts = [file[first : first + size] for first in range(0, len(file), size)]
    return [edit for part in parts for edit in dict(part).items()]
