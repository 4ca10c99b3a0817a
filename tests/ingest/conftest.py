"""Every import of these tests leaves rollups that an independent count agrees with."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import Server, TestDatabase
from tests.ingest.office import Office
from tests.ingest.pbx import Pbx
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

# The same per user; a call's direction shows in columns of their own.
DIFFERENT_USER_DAYS = """
    with counted as (
        select c.domain_uuid, c.user_uuid, (c.started_at at time zone d.time_zone)::date as day,
            array[count(*), count(*) filter (where c.status = 'answered'),
                count(*) filter (where c.status <> 'answered'),
                count(*) filter (where c.direction = 'inbound'),
                count(*) filter (where c.direction = 'outbound'),
                count(*) filter (where c.direction = 'local'),
                count(*) filter (where c.direction = 'inbound' and c.status = 'answered'),
                count(*) filter (where c.direction = 'outbound' and c.status = 'answered'),
                count(*) filter (where c.direction = 'inbound' and c.status = 'busy_line'),
                sum(c.duration), sum(c.billsec), sum(c.duration) - sum(c.billsec),
                coalesce(sum(c.duration - c.billsec) filter (where c.status = 'answered'), 0),
                coalesce(sum(c.duration - c.billsec)
                    filter (where c.direction = 'inbound' and c.status = 'answered'), 0)
            ]::bigint[] as figures
        from calls c
        join domains d on d.domain_uuid = c.domain_uuid
        group by 1, 2, 3
    ),
    stored as (
        select r.domain_uuid, r.user_uuid, r.day,
            array[r.total_call, r.total_answered, r.total_no_answered + r.total_busy
                    + r.total_busy_line + r.total_not_available + r.total_cancel + r.total_invalid
                    + r.total_ivr + r.total_failed + r.total_congestion + r.total_phone_block
                    + r.total_voicemail + r.total_unknown,
                r.total_inbound, r.total_outbound, r.total_local, r.inbound_answered,
                r.outbound_answered, r.inbound_busy_line, r.total_duration, r.total_billsec,
                r.total_waitsec, r.total_answered_waitsec, r.inbound_answered_waitsec
            ] as figures
        from call_user_days r
    )
    (select 'counted' as side, counted.* from counted
        except select 'counted', stored.* from stored)
    union all
    (select 'stored', stored.* from stored except select 'stored', counted.* from counted)
"""

# Quarter hours by their local time in UTC; of what is kept as days only there are none.
DIFFERENT_QUARTERS = """
    with counted as (
        select c.domain_uuid, c.direction,
            date_trunc('hour', c.started_at at time zone 'UTC')
                + floor(extract(minute from c.started_at) / 15) * interval '15 min' as quarter,
            array[count(*), count(*) filter (where c.status = 'answered'),
                count(*) filter (where c.status = 'no_answered'),
                count(*) filter (where c.status = 'busy'),
                count(*) filter (where c.status not in ('answered', 'no_answered', 'busy')),
                sum(c.duration), sum(c.billsec), sum(c.duration) - sum(c.billsec),
                coalesce(sum(c.duration - c.billsec) filter (where c.status = 'answered'), 0)
            ]::bigint[] as figures
        from calls c
        group by 1, 2, 3
    ),
    kept as (
        select c.*
        from counted c
        join domains d on d.domain_uuid = c.domain_uuid
        where d.raw_since is null or c.quarter at time zone 'UTC' >= d.raw_since
    ),
    stored as (
        select r.domain_uuid, r.direction, r.starts_at at time zone 'UTC',
            array[r.total_call, r.total_answered, r.total_no_answered, r.total_busy,
                r.total_busy_line + r.total_not_available + r.total_cancel + r.total_invalid
                    + r.total_ivr + r.total_failed + r.total_congestion + r.total_phone_block
                    + r.total_voicemail + r.total_unknown,
                r.total_duration, r.total_billsec, r.total_waitsec, r.total_answered_waitsec
            ] as figures
        from call_quarters r
    )
    (select 'counted' as side, kept.* from kept except select 'counted', stored.* from stored)
    union all
    (select 'stored', stored.* from stored except select 'stored', kept.* from kept)
"""

# The same for what agents did.
DIFFERENT_AGENT_DAYS = """
    with ended as (
        select a.*, d.time_zone,
            date_trunc('second', a.started_at) as first_second,
            a.started_at + a.seconds * interval '1 second' as ended_at
        from agent_activities a
        join domains d on d.domain_uuid = a.domain_uuid
        where a.seconds is not null
    ),
    reached as (
        select distinct e.activity_uuid, e.domain_uuid, e.user_uuid, g::date as day
        from ended e
        cross join lateral generate_series(
            (e.started_at at time zone e.time_zone)::date,
            (e.ended_at at time zone e.time_zone)::date,
            interval '1 day'
        ) g
    ),
    counted as (
        select r.domain_uuid, r.user_uuid, r.day,
            sum(extract(epoch from
                date_trunc('second', least(e.ended_at, s.ends_at))
                - greatest(e.first_second, s.starts_at)
            ))::bigint as clipped,
            coalesce(sum(e.seconds) filter (where e.started_at >= s.starts_at), 0)::bigint as whole,
            coalesce(sum(e.seconds) filter (
                where e.started_at >= s.starts_at and e.state = 'pause'), 0)::bigint as pause,
            min(e.started_at) filter (where e.started_at >= s.starts_at) as earliest,
            max(e.started_at) filter (where e.started_at >= s.starts_at) as latest
        from reached r
        join ended e on e.domain_uuid = r.domain_uuid and e.activity_uuid = r.activity_uuid
        cross join lateral (
            select r.day::timestamp at time zone e.time_zone as starts_at,
                (r.day + 1)::timestamp at time zone e.time_zone as ends_at
        ) s
        where e.ended_at > s.starts_at or e.started_at >= s.starts_at
        group by 1, 2, 3
    ),
    stored as (
        select domain_uuid, user_uuid, day,
            clipped_pause_sec + clipped_wait_sec + clipped_talk_sec + clipped_dispo_sec,
            whole_pause_sec + whole_wait_sec + whole_talk_sec + whole_dispo_sec,
            whole_pause_sec, earliest_time, latest_time
        from agent_days
    )
    (select 'counted' as side, counted.* from counted
        except select 'counted', stored.* from stored)
    union all
    (select 'stored', stored.* from stored except select 'stored', counted.* from counted)
"""


@pytest.fixture(autouse=True)
def rollups_are_their_records(database: TestDatabase) -> Iterator[None]:
    yield

    async def different() -> list[asyncpg.Record]:
        async with database.owner() as owner:
            return [
                *await owner.fetch(DIFFERENT_DAYS),
                *await owner.fetch(DIFFERENT_USER_DAYS),
                *await owner.fetch(DIFFERENT_AGENT_DAYS),
                *await owner.fetch(DIFFERENT_QUARTERS),
            ]

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


@pytest.fixture
async def pbx(server: Server) -> AsyncIterator[Pbx]:
    """A FusionPBX with people, and no calls."""
    found = Pbx(server, f"pbx_{uuid4().hex}")
    await server.statement(f"create database {found.name}")
    await found.make()
    await found.people()
    yield found
    await found.connection.close()
    await server.statement(f"drop database {found.name} with (force)")


@pytest.fixture
async def place(database: TestDatabase) -> AsyncIterator[Office]:
    """A domain that the import makes."""
    async with database.opened() as opened:
        yield Office(database, opened, "hanoi")
