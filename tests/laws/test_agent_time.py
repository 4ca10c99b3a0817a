"""The laws of agent time, over random activities that cross the period's edges or are open."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.measures import STATES
from gateway.period import Period
from gateway.store.agents import agent_time
from gateway.store.snapshot import Snapshot
from tests.laws.conftest import Bench
from tests.laws.domains import Company, companies
from tests.laws.recount import agent_seconds

COMPANIES = companies(most_calls=0, most_activities=6)


def seconds(row: Mapping[str, Any]) -> dict[str, int]:
    return {state: row[f"total_{state}_sec"] for state in STATES}


async def all_times(
    snapshot: Snapshot, company: Company, period: Period, *, whole: bool
) -> dict[tuple[str, UUID], Mapping[str, Any]]:
    found: dict[tuple[str, UUID], Mapping[str, Any]] = {}
    for subject, keys in company.subjects().items():
        if subject != "extension":
            rows = await agent_time(snapshot, keys, subject, period, whole)
            found.update({(subject, key): row for key, row in rows.items()})
    return found


@given(company=COMPANIES, whole=st.booleans())
def test_seconds_equal_a_sum_over_the_raw_activities(
    bench: Bench, company: Company, *, whole: bool
) -> None:
    async def check() -> None:
        await bench.put(company.world)
        uuid, period, now = company.world.domain_uuid, company.period, company.now
        async with bench.snapshot(company.world, now) as snapshot:
            found = await all_times(snapshot, company, period, whole=whole)
        if not company.world.rows.get("agent_activities"):
            assert found == {}
        for (subject, key), row in found.items():
            expected = await agent_seconds(bench.owner, uuid, subject, period, now, whole=whole)
            none = dict.fromkeys(STATES, 0)
            assert seconds(row) == none | dict(expected.get(key, {})), subject

    bench.run(check())


@given(company=COMPANIES)
def test_clipped_seconds_fit_into_the_period_and_add_up(bench: Bench, company: Company) -> None:
    async def check() -> None:
        await bench.put(company.world)
        async with bench.snapshot(company.world, company.now) as snapshot:
            before, after, union = [
                await all_times(snapshot, company, period, whole=False)
                for period in company.halves()
            ]
        # Seconds are the epoch's: a period that begins within one touches one more than it lasts.
        longest = (company.period.end - company.period.start).total_seconds() + 1
        for key in union:
            parts = [seconds(before[key]), seconds(after[key])]
            assert seconds(union[key]) == {
                state: sum(each[state] for each in parts) for state in STATES
            }
            if key[0] == "user":
                assert sum(seconds(union[key]).values()) <= longest

    bench.run(check())


@given(company=COMPANIES)
def test_first_and_last_start_lie_in_the_period(bench: Bench, company: Company) -> None:
    period = company.period

    async def check() -> None:
        await bench.put(company.world)
        async with bench.snapshot(company.world, company.now) as snapshot:
            found = await agent_time(snapshot, company.users, "user", period)
        for user, row in found.items():
            starts = [
                activity["started_at"]
                for activity in company.world.rows["agent_activities"]
                if activity["user_uuid"] == user
                and period.start <= activity["started_at"] < period.end
                # What is open and begins after now has not happened.
                and (activity["seconds"] is not None or activity["started_at"] <= company.now)
            ]
            expected = (min(starts), max(starts)) if starts else (None, None)
            assert (row["earliest_time"], row["latest_time"]) == expected

    bench.run(check())
