"""Reads of agent time: what agents did, in seconds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from gateway.period import EVER, Period
from gateway.store.cover import Part
from gateway.store.rows import Row, Subject
from gateway.store.snapshot import Snapshot
from gateway.store.statements import uuids

LONGEST_ACTIVITY = timedelta(days=7)
NO_TIME: Mapping[str, Any] = {
    "total_pause_sec": 0,
    "total_wait_sec": 0,
    "total_talk_sec": 0,
    "total_dispo_sec": 0,
    "earliest_time": None,
    "latest_time": None,
}


async def activity_by_user(snapshot: Snapshot, keys: Iterable[UUID]) -> Mapping[UUID, Row]:
    """{user: state, since and pause code of the activity that began last of those that go on}."""
    if not snapshot.domain["has_open_activities"]:
        return {}
    now = snapshot.now
    rows: Sequence[Row] = await snapshot.rows(
        "open_activities_by_user", uuids(keys), now, now - LONGEST_ACTIVITY
    )
    # Unless somebody writes, nothing changes until one begins or has lasted for too long.
    turns = [row["since"] if row["to_come"] else row["since"] + LONGEST_ACTIVITY for row in rows]
    snapshot.holds(now, min(turns, default=EVER[1]))
    return {row["key"]: row for row in rows if not row["to_come"]}


async def agent_time(
    snapshot: Snapshot,
    keys: Iterable[UUID],
    subject: Subject,
    period: Period,
    whole: bool = False,
) -> Mapping[UUID, Mapping[str, Any]]:
    """{key: seconds per state, and the first and last start of an activity within the period}.

    Clipped to the period; or, if `whole`, the whole lengths of the activities that started in it.
    Empty if the domain has no source of activities: unknown is not 0.
    """
    if not snapshot.domain["has_activities"]:
        return {}
    if snapshot.domain["has_open_activities"] and period.end > snapshot.now - LONGEST_ACTIVITY:
        snapshot.passes()
    keys = list(keys)
    if period.start == period.end:
        return dict.fromkeys(keys, NO_TIME)
    rows: Sequence[Row] = await snapshot.rows(
        "agent_time_by_member",
        subject,
        uuids(keys),
        period.start,
        period.end,
        *snapshot.cover([Part(period.start, period.end)]).unbucketed,
        snapshot.now,
        whole,
    )
    found: dict[UUID, Any] = {row["key"]: row for row in rows}
    return {key: found.get(key, NO_TIME) for key in keys}
