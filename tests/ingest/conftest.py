"""Every import of these tests leaves days that an independent count over the calls agrees with."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.conftest import TestDatabase
from tests.ingest.office import Office
from tests.ingest.posting import Posting, posting_to

# PostgreSQL's own idea of local days, and its own sums.
DIFFERENT_DAYS = """
    with counted as (
        select c.domain_uuid, c.user_uuid, (c.started_at at time zone d.time_zone)::date as day,
            c.extension_uuid, c.direction,
            case when c.extension_uuid is null then c.extension else '' end as extension,
            array[count(*), count(*) filter (where c.status = 'answered'),
                count(*) filter (where c.status = 'no_answered'),
                count(*) filter (where c.status = 'busy'),
                count(*) filter (where c.status not in ('answered', 'no_answered', 'busy')),
                sum(c.duration), sum(c.billsec), sum(c.duration) - sum(c.billsec),
                coalesce(sum(c.duration - c.billsec) filter (where c.status = 'answered'), 0)
            ]::bigint[] as figures
        from calls c
        join domains d on d.domain_uuid = c.domain_uuid
        group by 1, 2, 3, 4, 5, 6
    ),
    stored as (
        select r.domain_uuid, r.user_uuid, r.day, r.extension_uuid, r.direction, r.extension,
            array[r.total_call, r.total_answered, r.total_no_answered, r.total_busy,
                r.total_busy_line + r.total_not_available + r.total_cancel + r.total_invalid
                    + r.total_ivr + r.total_failed + r.total_congestion + r.total_phone_block
                    + r.total_voicemail + r.total_unknown,
                r.total_duration, r.total_billsec, r.total_waitsec, r.total_answered_waitsec
            ] as figures
        from call_days r
    )
    (select 'counted' as side, counted.* from counted
        except select 'counted', stored.* from stored)
    union all
    (select 'stored', stored.* from stored except select 'stored', counted.* from counted)
"""


@pytest.fixture(autouse=True)
def days_are_their_calls(database: TestDatabase) -> Iterator[None]:
    yield

    async def different() -> list[asyncpg.Record]:
        async with database.owner() as owner:
            return await owner.fetch(DIFFERENT_DAYS)

    assert asyncio.run(different()) == []


@pytest.fixture
async def office(database: TestDatabase) -> AsyncIterator[Office]:
    """A domain with its directory."""
    async with database.opened() as opened:
        found = Office(database, opened)
        await found.directory()
        yield found


@pytest.fixture
async def neighbour(office: Office) -> Office:
    """Another domain with the same names, numbers and uuids."""
    found = Office(office.place, office.database, "neighbour")
    await found.directory()
    return found


@pytest.fixture
async def posting(office: Office) -> AsyncIterator[Posting]:
    """The office's gateway, as those see it that post to it."""
    async with posting_to(office, max_ingest_body=1_000_000) as found:
        yield found
