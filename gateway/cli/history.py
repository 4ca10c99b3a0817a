"""`gateway import log`."""

import asyncio
from typing import Annotated

import typer

from gateway.cli.environment import DomainOption, domain_opened, ready_settings
from gateway.ingest.counts import Counts
from gateway.store import batches
from gateway.store.rows import Row


def log(
    domain: DomainOption,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 20,
) -> None:
    """List imports: when, the batch's uuid, what it did, and where it came from."""
    settings = ready_settings()

    async def run() -> None:
        async with domain_opened(settings, domain) as (database, domain_uuid):
            for row in await batches.latest(database, domain_uuid, most):
                typer.echo(_line(row))

    asyncio.run(run())


def _line(row: Row) -> str:
    counts = Counts(
        read=row["read_count"],
        new=row["new_count"],
        replaced=row["replaced_count"],
        unchanged=row["unchanged_count"],
        deleted=row["deleted_count"],
        rejected=row["rejected_count"],
    )
    state = "undone" if row["undone_at"] else "" if row["finished_at"] else "not finished"
    parts = (
        f"{row['started_at']:%Y-%m-%d %H:%M:%S}Z",
        row["batch_uuid"],
        row["kind"],
        counts,
        state,
        row["source"],
    )
    return "  ".join(str(part) for part in parts if part != "")
