"""Retention: what is old is kept as days only."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from gateway.period import months_earlier, start_of
from gateway.store.database import Database
from gateway.store.writes import Purged, locked

BATCH = 10_000


async def retain(
    database: Database,
    domain_uuid: UUID,
    months: int,
    now: datetime,
    on_progress: Callable[[Purged], None] | None = None,
) -> tuple[datetime | None, Purged]:
    """Delete the domain's calls and activities from before the day `months` months ago.

    From when on records are kept then, and how many are gone. First reports stop to need the old
    ones, then they go in batches: whatever interrupts this can be followed by another one. What was
    deleted once does not come back, so with more months than before nothing changes.
    """
    async with locked(database, domain_uuid) as writer:
        today = now.astimezone(writer.zone).date()
        since = start_of(months_earlier(today, months), writer.zone)
        if writer.raw_since is None or since > writer.raw_since:
            await writer.keep_since(since)
    total = Purged(0, 0)
    while True:
        async with locked(database, domain_uuid) as writer:
            purged = await writer.purge(BATCH)
        if not any(purged):
            return writer.raw_since, total
        total = Purged(total.calls + purged.calls, total.activities + purged.activities)
        if on_progress is not None:
            on_progress(total)
