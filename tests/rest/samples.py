"""The seed's two sample domains, from the files that the demo loads."""

from importlib import resources
from typing import TypeVar
from uuid import UUID

import msgspec

from gateway.ingest.imports import import_activities, import_calls, import_directory
from gateway.ingest.records import ActivityRecord, CallRecord, Directory
from tests.rest.conftest import Serving

INTERNAL = UUID("c275b950-9885-4775-b1bd-09fc865afa48")
AGENTS = UUID("5b0c4f2e-7d0a-4f0b-9a57-3d1f6c2e8b41")
FOLDER = resources.files("gateway").joinpath("demo", "samples")

Record = TypeVar("Record", CallRecord, ActivityRecord)


async def load_samples(serving: Serving) -> None:
    async with serving.database.opened() as database:
        for name in ("sample-internal", "sample-agents"):
            directory = msgspec.json.decode(_read(f"{name}.directory.json"), type=Directory)
            await import_directory(database, directory, serving.now)
        calls = _lines("sample-agents.calls.ndjson", CallRecord)
        await import_calls(database, AGENTS, calls, "sample", serving.now)
        activities = _lines("sample-internal.activities.ndjson", ActivityRecord)
        await import_activities(database, INTERNAL, activities, "sample", serving.now)


def _read(name: str) -> bytes:
    return FOLDER.joinpath(name).read_bytes()


def _lines(name: str, kind: type[Record]) -> list[Record]:
    return [msgspec.json.decode(line, type=kind) for line in _read(name).splitlines()]
