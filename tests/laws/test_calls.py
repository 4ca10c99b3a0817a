"""The laws of calls' figures, over random domains, zones and periods."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.measures import DIRECTIONS, MEASURES, STATUSES
from gateway.period import Bucket, Grain, Period, zone
from gateway.store.calls import (
    CallFilter,
    call_buckets,
    call_credits,
    call_stats,
    call_stats_of_matches,
)
from gateway.store.directory import EVERY_USER
from gateway.store.rows import Row
from gateway.store.snapshot import Snapshot
from tests.laws.conftest import Bench
from tests.laws.domains import ODD_ZONE, Company, companies
from tests.laws.recount import Figures, add, credited, recounted, zeros

ALL = tuple(MEASURES)
GRAINS = st.sampled_from(Grain)


def figures(row: Mapping[str, Any]) -> Figures:
    return {name: row[name] for name in ALL}


def total(rows: Iterable[Mapping[str, Any] | Row]) -> Figures:
    found = zeros()
    for row in rows:
        add(found, row)
    return found


def part(bucket: Mapping[str, Any], grain: Grain, period: Period) -> str:
    """The name that the recount has for the bucket."""
    if grain in {Grain.DAY, Grain.WEEK, Grain.MONTH}:
        return str(bucket["date"])
    local = bucket["start"].astimezone(period.zone)
    minute = local.minute // 15 * 15 if grain is Grain.QUARTER_HOUR else 0
    began = local.replace(minute=minute, second=0, microsecond=0, tzinfo=None)
    seconds = int(local.utcoffset().total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    offset = f"{sign}{minutes // 60:02}:{minutes % 60:02}:{second:02}"
    return f"{began}{offset}"


def assert_measures_fit(row: Mapping[str, Any]) -> None:
    assert row["total_call"] == sum(row[f"total_{direction}"] for direction in DIRECTIONS)
    assert row["total_call"] == sum(row[f"total_{status}"] for status in STATUSES)
    assert row["total_duration"] == row["total_billsec"] + row["total_waitsec"]


@given(company=companies())
def test_a_periods_figures_equal_a_count_over_the_raw_calls(bench: Bench, company: Company) -> None:
    async def check() -> None:
        await bench.put(company.world)
        uuid, period = company.world.domain_uuid, company.period
        async with bench.snapshot(company.world, company.now) as snapshot:
            for subject, keys in company.subjects().items():
                expected = await recounted(bench.owner, uuid, subject, period, None)
                found = await call_stats(snapshot, keys, subject, period, ALL)
                assert list(found) == keys
                for key, row in found.items():
                    assert figures(row) == expected.get((key, None), zeros())
                    assert_measures_fit(row)

    bench.run(check())


@given(company=companies(), grain=GRAINS)
def test_a_timelines_figures_equal_a_count_over_the_raw_calls(
    bench: Bench, company: Company, grain: Grain
) -> None:
    async def check() -> None:
        await bench.put(company.world)
        uuid, period = company.world.domain_uuid, company.period
        async with bench.snapshot(company.world, company.now) as snapshot:
            for subject, keys in company.subjects().items():
                expected = dict(await recounted(bench.owner, uuid, subject, period, grain))
                found = await call_buckets(snapshot, keys, subject, period, grain, ALL)
                whole = await call_stats(snapshot, keys, subject, period, ALL)
                for key in keys:
                    assert_seamless(found[key], period)
                    assert total(found[key]) == figures(whole[key])
                    for bucket in found[key]:
                        name = part(bucket, grain, period)
                        assert figures(bucket) == expected.pop((key, name), zeros())
                assert not expected

    bench.run(check())


@given(company=companies(zones=("Asia/Kathmandu", ODD_ZONE)), grain=GRAINS)
def test_a_domains_timeline_where_offsets_are_odd(
    bench: Bench, company: Company, grain: Grain
) -> None:
    uuid, here = company.world.domain_uuid, company.period
    there = Period(here.start, here.end, zone(company.other_zone))

    async def check() -> None:
        await bench.put(company.world)
        async with bench.snapshot(company.world, company.now) as snapshot:
            for period in (here, there):
                expected = dict(await recounted(bench.owner, uuid, "domain", period, grain))
                found = await call_buckets(snapshot, [uuid], "domain", period, grain, ALL)
                assert_seamless(found[uuid], period)
                for bucket in found[uuid]:
                    name = part(bucket, grain, period)
                    assert figures(bucket) == expected.pop((uuid, name), zeros())
                assert not expected

    bench.run(check())


def assert_seamless(buckets: Iterable[Mapping[str, Any]], period: Period) -> None:
    """One ends where the next begins, from the period's start to its end."""
    edge = period.start
    for bucket in buckets:
        assert bucket["start"] == edge < bucket["end"]
        edge = bucket["end"]
    assert edge == max(period.start, period.end)


@given(company=companies(), grain=st.none() | GRAINS)
def test_credits_equal_a_count_over_the_raw_calls(
    bench: Bench, company: Company, grain: Grain | None
) -> None:
    async def check() -> None:
        await bench.put(company.world)
        uuid, period = company.world.domain_uuid, company.period
        expected = await credited(bench.owner, uuid, period)
        async with bench.snapshot(company.world, company.now) as snapshot:
            found: dict[Any, Figures] = {}
            for bucket, row in await call_credits(snapshot, period, grain, ALL):
                assert isinstance(bucket, Bucket) == (grain is not None)
                key = row["user_uuid"], row["extension_uuid"], row["extension"]
                add(found.setdefault(key, zeros()), row)
        assert found == expected

    bench.run(check())


async def totals(
    snapshot: Snapshot, company: Company, period: Period, matching: CallFilter
) -> dict[tuple[str, UUID], Figures]:
    found: dict[tuple[str, UUID], Figures] = {}
    for subject, keys in company.subjects().items():
        rows = await call_stats(snapshot, keys, subject, period, ALL, matching)
        found.update({(subject, key): figures(row) for key, row in rows.items()})
    return found


FILTERS = st.builds(
    CallFilter,
    st.none() | st.lists(st.sampled_from(DIRECTIONS), unique=True).map(tuple),
    st.none() | st.lists(st.sampled_from(STATUSES), unique=True).map(tuple),
    st.none() | st.booleans(),
    st.none() | st.sampled_from(["100", "200", ""]),
)


@given(company=companies(), matching=FILTERS)
def test_two_adjacent_periods_add_up_to_their_union(
    bench: Bench, company: Company, matching: CallFilter
) -> None:
    async def check() -> None:
        await bench.put(company.world)
        async with bench.snapshot(company.world, company.now) as snapshot:
            before, after, union = [
                await totals(snapshot, company, period, matching) for period in company.halves()
            ]
        assert union == {key: total([before[key], after[key]]) for key in union}

    bench.run(check())


@given(company=companies(), grain=GRAINS)
def test_another_zone_moves_calls_between_days_but_loses_none(
    bench: Bench, company: Company, grain: Grain
) -> None:
    here = company.period
    there = Period(here.start, here.end, zone(company.other_zone))

    async def check() -> None:
        await bench.put(company.world)
        uuid = company.world.domain_uuid
        async with bench.snapshot(company.world, company.now) as snapshot:
            for subject, keys in company.subjects().items():
                sums = [
                    {key: total(rows) for key, rows in found.items()}
                    for found in [
                        await call_buckets(snapshot, keys, subject, period, grain, ALL)
                        for period in (here, there)
                    ]
                ]
                assert sums[0] == sums[1]
                expected = await recounted(bench.owner, uuid, subject, there, None)
                assert sums[1] == {key: expected.get((key, None), zeros()) for key in keys}

    bench.run(check())


@given(company=companies(), grain=GRAINS)
def test_users_and_calls_without_one_add_up_to_the_domain(
    bench: Bench, company: Company, grain: Grain
) -> None:
    period, uuid = company.period, company.world.domain_uuid

    async def check() -> None:
        await bench.put(company.world)
        async with bench.snapshot(company.world, company.now) as snapshot:
            users = await call_stats(snapshot, company.users, "user", period, ALL)
            without = await call_stats(
                snapshot, [uuid], "domain", period, ALL, CallFilter(has_user=False)
            )
            domain = await call_stats(snapshot, [uuid], "domain", period, ALL)
            credits_ = await call_credits(snapshot, period, grain, ALL)
            living = await call_stats_of_matches(snapshot, EVERY_USER, period, ALL)
        expected = figures(domain[uuid])
        assert total([*users.values(), without[uuid]]) == expected
        assert total(row for _, row in credits_) == expected
        people = company.world.rows.get("users", [])
        removed = {row["user_uuid"] for row in people if row["removed_at"]}
        assert figures(living) == total(row for key, row in users.items() if key not in removed)

    bench.run(check())
