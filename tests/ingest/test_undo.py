"""Taking imports back."""

import asyncio
from uuid import uuid4

import pytest

from gateway.errors import ImportRefusedError
from gateway.ingest.imports import Counts, undo
from gateway.ingest.records import CallRecord
from tests.ingest.office import NOW, Office, call, key, outcome

GONE = CallRecord(call_uuid=key(1), deleted=True)


async def durations(office: Office) -> dict[str, int]:
    stored = await office.stored_calls()
    names = {key(name): str(name) for name in range(9)}
    return {names[uuid]: row["duration"] for uuid, row in stored.items()}


async def test_an_import_is_taken_back(office: Office) -> None:
    await office.calls(call(1), call(2), call(3))
    before = await office.stored_calls()
    version = await office.version()
    second = await office.calls(call(1, duration=50), GONE, call(2, billsec=0), call(4))
    undone = await office.undo(second)
    assert outcome(undone) == (1, 1, 0, 1, 0)
    assert await office.stored_calls() == before
    assert await office.version() == version + 2
    assert not await office.rows("import_changes")


async def test_what_a_later_import_changed_keeps_the_later_values(office: Office) -> None:
    first = await office.calls(call(1, duration=21), call(2, duration=21))
    second = await office.calls(call(1, duration=22), call(2, duration=22))
    third = await office.calls(call(1, duration=23))
    assert outcome(await office.undo(second)) == (0, 1, 1, 0, 0)
    assert await durations(office) == {"1": 23, "2": 21}
    assert outcome(await office.undo(third)) == (0, 1, 0, 0, 0)
    assert await durations(office) == {"1": 21, "2": 21}
    assert outcome(await office.undo(first)) == (0, 0, 0, 2, 0)
    assert await durations(office) == {}


async def test_the_first_import_goes_and_the_next_ones_stay(office: Office) -> None:
    first = await office.calls(call(1, duration=21), call(2))
    second = await office.calls(call(1, duration=22))
    assert outcome(await office.undo(first)) == (0, 0, 1, 1, 0)
    assert await durations(office) == {"1": 22}
    await office.undo(second)
    assert await durations(office) == {}


async def test_deleted_and_stored_again(office: Office) -> None:
    first = await office.calls(call(1, duration=21))
    deletion = await office.calls(GONE)
    again = await office.calls(call(1, duration=23))
    await office.undo(deletion)
    assert await durations(office) == {"1": 23}
    await office.undo(again)
    assert await durations(office) == {"1": 21}
    await office.undo(first)
    assert await durations(office) == {}


async def test_undoing_what_a_later_deletion_removed(office: Office) -> None:
    first = await office.calls(call(1, duration=21))
    deletion = await office.calls(GONE)
    await office.undo(first)
    await office.undo(deletion)
    assert await durations(office) == {}


async def test_a_restored_call_is_attached_to_a_number_known_since(office: Office) -> None:
    await office.calls(call(1, extension="500"))
    second = await office.calls(call(1, extension="101"))
    extensions = [{"extension_uuid": str(key("500")), "extension": "500"}]
    await office.directory(office.document(extensions=extensions))
    await office.undo(second)
    stored = await office.stored_call(1)
    assert (stored["extension"], stored["extension_uuid"]) == ("500", key("500"))


async def test_what_cannot_be_undone(office: Office, neighbour: Office) -> None:
    counts = await office.calls(call(1))
    await office.undo(counts)
    with pytest.raises(ImportRefusedError, match="was already undone at 2026-06-01T12:00:00"):
        await office.undo(counts)
    with pytest.raises(ImportRefusedError, match="import the earlier file instead"):
        await office.undo(await office.directory())
    with pytest.raises(ImportRefusedError, match="has no import"):
        await undo(office.database, office.domain_uuid, uuid4(), NOW)
    with pytest.raises(ImportRefusedError, match="has no import"):
        await undo(neighbour.database, neighbour.domain_uuid, counts.batch_uuid or uuid4(), NOW)


async def test_an_import_that_is_undone_while_it_runs_ends(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ingest.chunks.CHUNK", 1)
    started = asyncio.Event()
    told: list[Counts] = []

    def hear(counts: Counts) -> None:
        told.append(counts)
        started.set()

    async def undo_first() -> None:
        await started.wait()
        await office.undo(told[0])

    undoing = asyncio.create_task(undo_first())
    endless = (call(number) for number in range(5000))
    with pytest.raises(ImportRefusedError, match="undone while it ran"):
        await office.calls(*endless, on_progress=hear)
    await undoing
    assert not await office.stored_calls()
