"""Loading the demo's domains: all of it on the first start, later what is missing."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec

from gateway.demo import generator
from gateway.demo.company import DOMAIN_NAME, DOMAIN_UUID
from gateway.demo.directory import directory
from gateway.errors import ConfigurationError, UnauthenticatedError
from gateway.ingest.imports import import_activities, import_calls, import_directory
from gateway.ingest.records import ActivityRecord, CallRecord, Directory
from gateway.period import Period
from gateway.store import tokens
from gateway.store.calls import calls_page
from gateway.store.database import Database
from gateway.viewer import Role, Viewer

DAYS = 60
ONE_DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The activities' share of the work, for the progress.
ACTIVITIES_SHARE = 0.7
DIRECTORY = ".directory.json"
TOKENS = "demo-tokens"
TOKEN_NAME = "demo"  # noqa: S105  # what it is called, not what it is

Progress = Callable[[float, str], None]
Record = TypeVar("Record")


async def load(
    database: Database, now: datetime, *, progress: Progress | None = None, days: int = DAYS
) -> None:
    """Bring the demo's domain up to now, `days` days of it on the first start, and the samples.

    `progress` hears the share that is done, 0 to 1, and what is being loaded.
    """
    heard = progress or (lambda _share, _what: None)
    for name, document in _samples().items():
        await _load_sample(database, name, document, now)
    await import_directory(database, directory(), now)
    missing = _days(await _first_missing(database, now, days), generator.today(now))
    # Activities first: the newest call then tells that everything before it is there, also when
    # an earlier load was interrupted.
    begun = _each(
        missing, generator.activities, now, _part(heard, "activities", 0, ACTIVITIES_SHARE)
    )
    await import_activities(database, DOMAIN_UUID, begun, generator.SOURCE, now)
    ended = _each(missing, generator.calls, now, _part(heard, "calls", ACTIVITIES_SHARE, 1))
    await import_calls(database, DOMAIN_UUID, ended, generator.SOURCE, now)
    heard(1, "calls")


def _samples() -> dict[str, Directory]:
    """{name of the files: the domain's directory}."""
    folder = resources.files("gateway.demo").joinpath("samples")
    return {
        file.name.removesuffix(DIRECTORY): msgspec.json.decode(file.read_bytes(), type=Directory)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(DIRECTORY)
    }


async def _load_sample(database: Database, name: str, document: Directory, now: datetime) -> None:
    await import_directory(database, document, now)
    domain_uuid = document.domain.domain_uuid
    if activities := _lines(f"{name}.activities.ndjson", ActivityRecord):
        await import_activities(database, domain_uuid, activities, name, now)
    if calls := _lines(f"{name}.calls.ndjson", CallRecord):
        await import_calls(database, domain_uuid, calls, name, now)


def _lines(name: str, kind: type[Record]) -> list[Record]:
    """The records of a sample's file; none, if it has no such file."""
    file = resources.files("gateway.demo").joinpath("samples", name)
    return msgspec.json.Decoder(kind).decode_lines(file.read_bytes()) if file.is_file() else []


async def _first_missing(database: Database, now: datetime, days: int) -> date:
    """The day before the newest stored call's, for what was open then has ended since."""
    async with database.snapshot(DOMAIN_UUID, now) as snapshot:
        snapshot.viewer = Viewer(DOMAIN_UUID, Role.ADMIN, DOMAIN_UUID, generator.SOURCE)
        ever = Period(EPOCH, now, snapshot.zone)
        pages = await calls_page(snapshot, [DOMAIN_UUID], "domain", ever, 1)
    for newest in pages.get(DOMAIN_UUID, []):
        return generator.today(newest["started_at"]) - ONE_DAY
    return generator.today(now) - (days - 1) * ONE_DAY


async def demo_tokens(database: Database, data_dir: Path, now: datetime) -> list[tuple[str, str]]:
    """[(domain name, an administrator's token)]: those of the file in the data directory, which is
    readable for its owner only, and new ones where it has none that works.
    """
    file = data_dir / TOKENS
    kept = _kept(file)
    found = {}
    for name in (DOMAIN_NAME, *(sample.domain.domain_name for sample in _samples().values())):
        domain_uuid = await database.domain_named(name)
        if domain_uuid is None:
            raise ConfigurationError(f"The domain {name} is not there: load the demo data first.")
        token = kept.get(name, "")
        if not await _works(database, domain_uuid, token, now):
            token = await tokens.create(database, domain_uuid, Role.ADMIN, TOKEN_NAME, now)
        found[name] = token
    _keep(file, found)
    return list(found.items())


async def _works(database: Database, domain_uuid: UUID, token: str, now: datetime) -> bool:
    try:
        if tokens.domain_of(token) != domain_uuid:
            return False
        token_hash = tokens.hash_of(token)
        async with database.snapshot(domain_uuid, now, [token_hash]) as snapshot:
            await tokens.viewer(snapshot, token_hash)
    except UnauthenticatedError:
        return False
    return True


def _kept(file: Path) -> dict[str, str]:
    """{domain name: token} of a file of lines `domain token`; other lines are ignored."""
    with contextlib.suppress(FileNotFoundError):
        lines = (line.split() for line in file.read_text("utf-8", errors="replace").splitlines())
        return {line[0]: line[1] for line in lines if len(line) == 2}  # noqa: PLR2004
    return {}


def _keep(file: Path, found: Mapping[str, str]) -> None:
    # Written beside and moved into its place: never there half, never readable for others.
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = file.with_name(f"{file.name}.new")
    written.unlink(missing_ok=True)
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.writelines(f"{name} {token}\n" for name, token in found.items())
    written.replace(file)


def _days(first: date, last: date) -> list[date]:
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


def _each(
    days: list[date],
    made: Callable[[date, datetime], Iterator[Record]],
    now: datetime,
    heard: Callable[[float], None],
) -> Iterator[Record]:
    for number, day in enumerate(days):
        heard(number / len(days))
        yield from made(day, now)


def _part(heard: Progress, what: str, first: float, last: float) -> Callable[[float], None]:
    """Tells the progress of a part, 0 to 1, as that of the whole."""
    return lambda share: heard(first + share * (last - first), what)
