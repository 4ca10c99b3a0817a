"""`gateway import`."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

import typer

from gateway.access import utc_now
from gateway.cli.environment import domain_opened, ready_settings
from gateway.cli.progress import Report
from gateway.errors import GatewayError, ImportRefusedError
from gateway.ingest import canonical, documents, imports, sources
from gateway.ingest.counts import Counts
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.opening import opened
from gateway.telemetry import audit

INTERRUPTED = 130
# A directory may attach, and an undo may restore, a great many calls in one statement.
STATEMENT_TIMEOUT = 3600

Kind: TypeAlias = Literal["calls", "activities"]
# What makes records of a file, for a domain.
Read: TypeAlias = Callable[[sources.Source, Database, UUID], Coroutine[Any, Any, Iterator[Any]]]

importing = typer.Typer(no_args_is_help=True)

RecordFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A .csv or .ndjson file, also with .gz or .zst; - is standard input.",
    ),
]
DomainOption = Annotated[str, typer.Option("--domain", help="The domain's name.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Tell what would change, and write nothing.")
]
MaxErrors = Annotated[
    int | None,
    typer.Option(min=0, help="Stop once more records than this are rejected; never if unset."),
]
Rejects = Annotated[
    Path | None,
    typer.Option(help="Where to list rejected records; FILE.rejects.ndjson if unset."),
]
FileFormat = Annotated[
    Literal["csv", "ndjson"] | None,
    typer.Option("--format", help="What the file holds, if its name does not tell."),
]


@importing.command()
def directory(
    file: Annotated[str, typer.Argument(help="The JSON document; - is standard input.")],
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Take out what the document no longer lists.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Bring a domain's directory in, making the domain if it is new."""
    settings = _settings()

    async def run() -> Counts:
        with sources.opened(file) as source:
            document = documents.directory(source.all())
        async with opened(settings) as database:
            return await imports.import_directory(
                database, document, utc_now(), prune=prune, dry_run=dry_run, source=_name(file)
            )

    with interruptible(lambda: "Nothing is written."):
        counts = asyncio.run(run())
    if not dry_run:
        record("directory", _name(file), "", counts)
    tell(counts)


@importing.command()
def calls(
    file: RecordFile,
    domain: DomainOption,
    *,
    max_errors: MaxErrors = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
    file_format: FileFormat = None,
) -> None:
    """Bring calls in."""
    _import_records("calls", file, domain, max_errors, rejects, file_format, dry_run=dry_run)


@importing.command()
def activities(
    file: RecordFile,
    domain: DomainOption,
    *,
    max_errors: MaxErrors = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
    file_format: FileFormat = None,
) -> None:
    """Bring in what agents did: pause, wait, talk, dispo."""
    _import_records("activities", file, domain, max_errors, rejects, file_format, dry_run=dry_run)


@importing.command()
def undo(
    batch: Annotated[UUID, typer.Argument(metavar="BATCH", help="The import's uuid.")],
    domain: DomainOption,
) -> None:
    """Take an import of calls or activities back; what a later one changed stays."""
    settings = _settings()

    async def run() -> Counts:
        async with domain_opened(settings, domain) as (database, domain_uuid):
            return await imports.undo(database, domain_uuid, batch, utc_now())

    with interruptible(lambda: "Nothing is undone."):
        counts = asyncio.run(run())
    audit.done("import undone", domain=domain, batch=str(batch), **counts.told)
    tell(counts)


def _import_records(
    what: Kind,
    file: str,
    domain: str,
    max_errors: int | None,
    rejects: Path | None,
    given_format: sources.Format | None,
    *,
    dry_run: bool,
) -> None:
    file_format = sources.format_of(file, given_format)
    read: Callable[..., Iterator[Any]] = getattr(canonical, what)

    async def records(source: sources.Source, _: Database, __: UUID) -> Iterator[Any]:
        return read(source, file_format)

    tell(bring_in(what, file, domain, max_errors, rejects, records, dry_run=dry_run))


def bring_in(
    what: Kind,
    file: str,
    domain: str,
    max_errors: int | None,
    rejects: Path | None,
    read: Read,
    *,
    dry_run: bool,
    open_source: Callable[[str], AbstractContextManager[sources.Source]] = sources.opened,
    system: str | None = None,
) -> Counts:
    """Import the records that `read` makes of the file; `system` is the source of all, if known."""
    settings = _settings()
    write: Callable[..., Coroutine[Any, Any, Counts]] = getattr(imports, f"import_{what}")

    async def run(report: Report, source: sources.Source) -> Counts:
        async with domain_opened(settings, domain) as (database, domain_uuid):
            return await write(
                database,
                domain_uuid,
                await read(source, database, domain_uuid),
                _name(file),
                utc_now(),
                dry_run=dry_run,
                on_reject=report.reject,
                on_progress=report.progress,
                max_errors=max_errors,
                system=system,
            )

    with (
        open_source(file) as source,
        Report(source, rejects_file(file, rejects)) as report,
        interruptible(lambda: committed(report, domain)),
    ):
        counts = asyncio.run(run(report, source))
    if not dry_run:
        record(what, _name(file), domain, counts)
    return counts


def record(what: str, source: str, domain: str, counts: Counts) -> None:
    """An import, for the audit log."""
    batch = None if counts.batch_uuid is None else str(counts.batch_uuid)
    audit.done("imported", what=what, source=source, domain=domain, batch=batch, **counts.told)


def _settings() -> Settings:
    return ready_settings().model_copy(update={"statement_timeout": STATEMENT_TIMEOUT})


def _name(file: str) -> str:
    return "standard input" if file == sources.STANDARD_INPUT else Path(file).name


def rejects_file(file: str, given: Path | None) -> Path:
    """Where rejected records go: beside the file, unless something else is given."""
    if given is None:
        read = Path("stdin" if file == sources.STANDARD_INPUT else file)
        return read.with_name(f"{read.name}.rejects.ndjson")
    with suppress(OSError):
        if given.samefile(file):
            raise ImportRefusedError("--rejects names the file that is imported: name another.")
    return given


def committed(report: Report, domain: str) -> str:
    counts = report.counts
    if counts.batch_uuid is None:
        return "Nothing is written."
    return (
        f"Committed: {counts}. Run the same import again for the rest, or take this back with"
        f" `gateway import undo {counts.batch_uuid} --domain {domain}`."
    )


@contextmanager
def interruptible(committed: Callable[[], str]) -> Iterator[None]:
    """Say what stays written when an import ends early."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    # Not asyncio's own handler: it would wait for a read from standard input to come to an end.
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write(f"Interrupted. {committed()}\n")
        raise typer.Exit(INTERRUPTED) from None
    except GatewayError as error:
        sys.stderr.write(f"{error.message}\n{committed()}\n")
        raise typer.Exit(1) from None
    finally:
        signal.signal(signal.SIGINT, before)


def tell(*found: Counts, names: Sequence[str] = ("",)) -> None:
    for name, counts in zip(names, found, strict=True):
        batch = "" if counts.batch_uuid is None else f" (batch {counts.batch_uuid})"
        typer.echo(f"{name}{counts}{batch}")
    if any(counts.rejected for counts in found):
        raise typer.Exit(1)
