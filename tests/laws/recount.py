"""The independent authority: SQL over raw rows, as the owner, days by PostgreSQL's own zones."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from gateway.measures import MEASURES
from gateway.period import Grain, Period

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Figures: TypeAlias = dict[str, int]

WHOSE = {
    "domain": "select calls.*, domain_uuid as key from calls",
    "user": "select calls.*, user_uuid as key from calls",
    "extension": "select calls.*, extension_uuid as key from calls",
    "group": """select calls.*, group_uuid as key
        from calls natural join group_members""",
    "department": """select distinct calls.*, department_uuid as key
        from calls natural join group_members natural join groups""",
}
# The first local time of the grain, and the offset: a change of clocks cuts an hour in two.
LOCAL = "(started_at at time zone $4)"
OFFSET = f"({LOCAL} - (started_at at time zone 'UTC'))::text"
PARTS = {
    None: "null",
    Grain.QUARTER_HOUR: f"date_bin('15 min', {LOCAL}, timestamp '2000-01-01')::text || {OFFSET}",
    Grain.HOUR: f"date_trunc('hour', {LOCAL})::text || {OFFSET}",
    Grain.DAY: f"date_trunc('day', {LOCAL})::date::text",
    Grain.WEEK: f"date_trunc('week', {LOCAL})::date::text",
    Grain.MONTH: f"date_trunc('month', {LOCAL})::date::text",
}


def zeros() -> Figures:
    return dict.fromkeys(MEASURES, 0)


def add(into: Figures, figures: Mapping[str, Any] | asyncpg.Record) -> None:
    for name in MEASURES:
        into[name] += figures[name]


def measured(row: asyncpg.Record) -> Figures:
    """What calls of one direction and status count for."""
    status, direction = row["status"], row["direction"]
    found = zeros() | {
        "total_call": row["calls"],
        f"total_{status}": row["calls"],
        f"total_{direction}": row["calls"],
        "total_duration": row["duration"],
        "total_billsec": row["billsec"],
        "total_waitsec": row["waitsec"],
    }
    if status == "answered":
        found["total_answered_waitsec"] = row["waitsec"]
        if direction == "inbound":
            found |= {"inbound_answered": row["calls"], "inbound_answered_waitsec": row["waitsec"]}
        if direction == "outbound":
            found["outbound_answered"] = row["calls"]
    if status == "busy_line" and direction == "inbound":
        found["inbound_busy_line"] = row["calls"]
    return found


async def recounted(
    owner: Owner,
    domain_uuid: Any,
    subject: str,
    period: Period,
    grain: Grain | None,
    seen: Collection[Any] | None = None,
) -> Mapping[tuple[Any, str | None], Figures]:
    """{(key, part of the grain): every measure}, where there are calls, of the users seen."""
    rows = await owner.fetch(
        f"""
        select key, {PARTS[grain]} as part, direction, status, count(*) as calls,
            sum(duration::bigint)::bigint as duration, sum(billsec::bigint)::bigint as billsec,
            sum(duration::bigint - billsec::bigint)::bigint as waitsec
        from ({WHOSE[subject]}) as c
        where domain_uuid = $1 and started_at >= $2 and started_at < $3
            and $4::text is not null and key is not null
            and ($5::uuid[] is null or user_uuid = any($5))
        group by 1, 2, 3, 4
        """,  # noqa: S608
        domain_uuid,
        period.start,
        period.end,
        str(period.zone),
        seen,
    )
    found: dict[tuple[Any, str | None], Figures] = defaultdict(zeros)
    for row in rows:
        add(found[row["key"], row["part"]], measured(row))
    return found


async def credited(
    owner: Owner, domain_uuid: Any, period: Period
) -> Mapping[tuple[Any, Any, str], Figures]:
    """{(user, extension, number): every measure}; the number as the directory has it now."""
    rows = await owner.fetch(
        """
        select c.user_uuid, c.extension_uuid, direction, status, count(*) as calls,
            coalesce((
                select x.extension from extensions x
                where x.domain_uuid = $1 and x.extension_uuid = c.extension_uuid
            ), c.extension) as number,
            sum(duration::bigint)::bigint as duration, sum(billsec::bigint)::bigint as billsec,
            sum(duration::bigint - billsec::bigint)::bigint as waitsec
        from calls c
        where domain_uuid = $1 and started_at >= $2 and started_at < $3
        group by 1, 2, 3, 4, number
        """,
        domain_uuid,
        period.start,
        period.end,
    )
    found: dict[tuple[Any, Any, str], Figures] = defaultdict(zeros)
    for row in rows:
        add(found[row["user_uuid"], row["extension_uuid"], row["number"]], measured(row))
    return found


CLIPPED = """
    greatest(0, floor(extract(epoch from least(finish, $3))) -
        floor(extract(epoch from greatest(started_at, $2))))
"""
WHOLE = "case when started_at >= $2 then coalesce(seconds, {open}) else 0 end"
OPEN = "floor(extract(epoch from finish)) - floor(extract(epoch from started_at))"


async def agent_seconds(
    owner: Owner,
    domain_uuid: Any,
    subject: str,
    period: Period,
    now: datetime,
    *,
    whole: bool,
    seen: Collection[Any] | None = None,
) -> Mapping[Any, Mapping[str, int]]:
    """{key: {state: seconds}}, where there are activities, of the users seen."""
    seconds = WHOLE.format(open=OPEN) if whole else CLIPPED
    rows = await owner.fetch(
        f"""
        with done as (
            select a.*, case when seconds is null
                then least($4, started_at + interval '604800 s')
                else started_at + make_interval(secs => seconds) end as finish
            from agent_activities a
        )
        select key, state, sum({seconds})::bigint as seconds
        from ({WHOSE[subject].replace("calls", "done")}) as d
        where domain_uuid = $1 and started_at < $3 and finish >= started_at
            and ($5::uuid[] is null or user_uuid = any($5))
        group by 1, 2
        """,  # noqa: S608
        domain_uuid,
        period.start,
        period.end,
        now,
        seen,
    )
    found: dict[Any, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["key"], {})[row["state"]] = row["seconds"]
    return found
