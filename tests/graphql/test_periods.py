"""What periods mean in a field: presets, shifts, zones, days of 23 and 25 hours, and mistakes."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import TestDatabase
from tests.graphql.company import Company, company
from tests.graphql.conftest import NOW, Client, client_of, stored

RESOLVED = """query ($period: Period, $shift: PeriodShift, $zone: TimeZone) {
    domain { callStats(period: $period, shift: $shift, timeZone: $zone) {
        period { start end timeZone } } } }"""


@pytest.fixture
async def client(database: TestDatabase) -> AsyncIterator[Client]:
    world = company()
    await stored(database, world)
    async with client_of(database, world.domain_uuid) as opened:
        yield opened


async def resolved(client: Client, **variables: Any) -> tuple[str, str]:
    found = (await client.ask(RESOLVED, **variables))["domain"]["callStats"]["period"]
    return found["start"], found["end"]


def midnight(day: str) -> str:
    """In Hanoi."""
    moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return f"{moment - timedelta(hours=7):%Y-%m-%dT%H:%M:%SZ}"


# NOW is Wednesday, 2026-03-11, 16:30 in Hanoi.
PRESETS = {
    "TODAY": ("2026-03-11", "2026-03-12"),
    "YESTERDAY": ("2026-03-10", "2026-03-11"),
    "THIS_WEEK": ("2026-03-09", "2026-03-16"),
    "LAST_WEEK": ("2026-03-02", "2026-03-09"),
    "LAST_7_DAYS": ("2026-03-05", "2026-03-12"),
    "LAST_30_DAYS": ("2026-02-10", "2026-03-12"),
    "THIS_MONTH": ("2026-03-01", "2026-04-01"),
    "LAST_MONTH": ("2026-02-01", "2026-03-01"),
}


async def test_presets(client: Client) -> None:
    for preset, (first, end) in PRESETS.items():
        found = await resolved(client, period={"preset": preset})
        assert found == (midnight(first), midnight(end)), preset


async def test_nothing_said_is_today(client: Client) -> None:
    today = await resolved(client, period={"preset": "TODAY"})
    assert await resolved(client) == today
    assert await resolved(client, period=None, shift=None, zone=None) == today


async def test_days_ranges_and_minutes(client: Client) -> None:
    days = {"days": {"from": "2026-03-01", "to": "2026-03-02"}}
    assert await resolved(client, period=days) == (midnight("2026-03-01"), midnight("2026-03-03"))
    instants = {"start": "2026-03-01T07:00:00+07:00", "end": "2026-03-01T00:00:00.5Z"}
    assert await resolved(client, period={"range": instants}) == (
        "2026-03-01T00:00:00Z",
        "2026-03-01T00:00:00.500000Z",
    )
    assert await resolved(client, period={"lastMinutes": 90}) == (
        "2026-03-11T08:00:00Z",
        "2026-03-11T09:30:00Z",
    )


async def test_a_shifted_period_is_cut_at_the_same_clock_time(client: Client) -> None:
    today, last_month = {"preset": "TODAY"}, {"preset": "LAST_MONTH"}
    assert await resolved(client, period=today, shift="WEEK") == (
        midnight("2026-03-04"),
        "2026-03-04T09:30:00Z",
    )
    assert await resolved(client, period={"preset": "YESTERDAY"}, shift="DAY") == (
        midnight("2026-03-09"),
        midnight("2026-03-10"),
    )
    assert await resolved(client, period=last_month, shift="YEAR") == (
        midnight("2025-02-01"),
        midnight("2025-03-01"),
    )


async def test_days_are_those_of_the_zone(client: Client) -> None:
    period = {"days": {"from": "2026-03-08", "to": "2026-03-08"}}
    query = """query ($period: Period, $zone: TimeZone) { domain {
        dailyReports(period: $period, timeZone: $zone) { date start end }
        timeline(grain: HOUR, period: $period, timeZone: $zone) {
            date hour isoWeekday start end complete } } }"""
    for zone, day, hours in (
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Asia/Kolkata", "2026-03-08", 24),
        ("Australia/Lord_Howe", "2026-04-05", 25),
    ):
        period = {"days": {"from": day, "to": day}}
        found = (await client.ask(query, period=period, zone=zone))["domain"]
        (report,) = found["dailyReports"]
        assert report["date"] == day
        lasted = datetime.fromisoformat(report["end"]) - datetime.fromisoformat(report["start"])
        expected = timedelta(hours=24.5 if "Lord" in zone else hours)
        assert lasted == expected
        timeline = found["timeline"]
        assert len(timeline) == hours, zone
        assert {bucket["date"] for bucket in timeline} == {day}
        assert {bucket["isoWeekday"] for bucket in timeline} == {7}
        assert [bucket["end"] for bucket in timeline[:-1]] == [
            bucket["start"] for bucket in timeline[1:]
        ]
        repeated = [bucket["hour"] for bucket in timeline]
        assert len(set(repeated)) == (23 if hours == 23 else 24)


async def test_grains_and_completeness(client: Client) -> None:
    query = """query ($period: Period, $grain: Grain!) { domain {
        timeline(grain: $grain, period: $period) { date hour complete totalCall } } }"""
    expected = {
        "QUARTER_HOUR": (7 * 96, 66),
        "HOUR": (7 * 24, 16),
        "DAY": (7, 0),
        "WEEK": (1, 0),
        "MONTH": (1, 0),
    }
    for grain, (count, complete_today) in expected.items():
        variables = {"period": {"preset": "THIS_WEEK"}, "grain": grain}
        found = (await client.ask(query, **variables))["domain"]["timeline"]
        assert len(found) == count
        assert sum(bucket["totalCall"] for bucket in found) == 9
        today = [each for each in found if each["date"] == "2026-03-11" and each["complete"]]
        assert len(today) == complete_today


async def test_an_empty_period_has_no_days_and_no_calls(client: Client) -> None:
    for start in ("2026-03-10T02:00:00Z", "2026-03-09T17:00:00Z"):
        period = {"range": {"start": start, "end": start}}
        data = await client.ask(
            """query ($period: Period) { domain {
                callStats(period: $period) { totalCall answerRate }
                dailyReports(period: $period) { date } agentTime(period: $period) { loginSec }
                timeline(grain: QUARTER_HOUR, period: $period) { date }
                calls(period: $period) { totalCount nodes { uuid } } }
                users { callStats(period: $period) { totalCall } } }""",
            period=period,
        )
        assert data["domain"] == {
            "callStats": {"totalCall": 0, "answerRate": None},
            "dailyReports": [],
            "agentTime": {"loginSec": 0},
            "timeline": [],
            "calls": {"totalCount": 0, "nodes": []},
        }
        assert data["users"]["callStats"]["totalCall"] == 0


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"period": {"range": {"start": "2026-03-01T00:00:00", "end": "2026-03-02T00:00:00Z"}}}, "off"),
    ({"period": {"range": {"start": "2026-03-01", "end": "2026-03-02T00:00:00Z"}}}, "ISO 8601"),
    ({"period": {"range": {"start": "now", "end": "2026-03-02T00:00:00Z"}}}, "ISO 8601"),
    ({"period": {"range": {"start": 1, "end": 2}}}, "ISO 8601"),
    ({"period": {"range": {"start": "2026-03-02T00:00:00Z"}}}, "end"),
    ({"period": {"days": {"from": "2026-02-30", "to": "2026-03-01"}}}, "Date"),
    ({"period": {"days": {"from": "08/03/2026", "to": "2026-03-01"}}}, "Date"),
    ({"period": {"days": {"from": "20260308", "to": "2026-03-01"}}}, "Date"),
    ({"period": {"days": {"from": "٢٠٢٦-٠٣-٠٨", "to": "2026-03-01"}}}, "Date"),
    ({"period": {"preset": "TOMORROW"}}, "PeriodPreset"),
    ({"period": {"preset": "TODAY", "lastMinutes": 5}}, "exactly one"),
    ({"period": {"lastMinutes": 2**31}}, "32-bit"),
    ({"zone": "Mars/Olympus"}, "IANA"),
    ({"zone": "../../etc/passwd"}, "IANA"),
    ({"zone": "asia/ho_chi_minh"}, "IANA"),
    ({"zone": ""}, "IANA"),
    ({"zone": 7}, "IANA"),
    ({"shift": "CENTURY"}, "PeriodShift"),
]
OUTSIDE: list[tuple[dict[str, Any], str]] = [
    ({"period": {"days": {"from": "2026-03-02", "to": "2026-03-01"}}}, "before it begins"),
    ({"period": {"days": {"from": "0001-01-01", "to": "0001-01-02"}}}, "between"),
    ({"period": {"days": {"from": "9999-12-31", "to": "9999-12-31"}}}, "between"),
    (
        {"period": {"range": {"start": "2026-03-02T00:00:00Z", "end": "2026-03-01T00:00:00Z"}}},
        "before it begins",
    ),
    ({"period": {"lastMinutes": 0}}, "between 1"),
    ({"period": {"lastMinutes": -5}}, "between 1"),
    ({"period": {"lastMinutes": 2**31 - 1}}, "between 1"),
]


async def test_what_is_no_period_is_refused(client: Client) -> None:
    for variables, said in REFUSED:
        body = (await client.post(RESOLVED, **variables)).json()
        assert "data" not in body
        error = body["errors"][0]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": next(iter(variables))}
        assert said in error["message"], error
    for variables, said in OUTSIDE:
        body = (await client.post(RESOLVED, **variables)).json()
        assert body["data"] == {"domain": {"callStats": None}}
        (error,) = body["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "period"}
        assert error["path"] == ["domain", "callStats"]
        assert said in error["message"], error


LITERALS = {
    'callStats(period: {range: {start: "2026-03-01T00:00:00", end: "2026-03-02T00:00:00Z"}})': (
        "dateTime"
    ),
    'callStats(period: {days: {from: "x", to: "2026-03-02"}})': "date",
    'callStats(timeZone: "Mars/Olympus")': "timeZone",
}


async def test_literals_are_refused_when_the_query_is_validated(client: Client) -> None:
    for literal, argument in LITERALS.items():
        error = await client.error(f"{{ domain {{ {literal} {{ totalCall }} }} }}")
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    for literal in ("{}", "{preset: TODAY, lastMinutes: 5}", "{preset: null}", '{preset: "TODAY"}'):
        (error, *_) = await client.errors(
            f"{{ domain {{ callStats(period: {literal}) {{ totalCall }} }} }}"
        )
        assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize("field", ["callStats", "dailyReports", "agentTime", "calls", "timeline"])
async def test_too_long_a_period_says_how_long_it_may_be(client: Client, field: str) -> None:
    body = {"calls": "totalCount", "agentTime": "loginSec"}.get(field, "totalCall")
    grain = ", grain: MONTH" if field == "timeline" else ""
    query = f"""query ($period: Period) {{
        domain {{ {field}(period: $period{grain}) {{ {body} }} }} }}"""
    year = {"days": {"from": "2025-01-01", "to": "2026-01-01"}}
    await client.ask(query, period=year)
    longer = {"days": {"from": "2025-01-01", "to": "2026-01-02"}}
    error = await client.error(query, period=longer)
    assert error["extensions"] == {"code": "PERIOD_TOO_LONG", "maxDays": 366}
    assert "path" not in error


async def test_too_many_buckets_are_refused(database: TestDatabase) -> None:
    world = Company("buckets")
    await stored(database, world)
    query = """query ($period: Period, $grain: Grain!) {
        domain { timeline(grain: $grain, period: $period) { date } } }"""
    two = {"days": {"from": "2026-03-01", "to": "2026-03-02"}}
    async with client_of(database, world.domain_uuid, NOW, max_buckets=48) as client:
        assert len((await client.ask(query, period=two, grain="HOUR"))["domain"]["timeline"]) == 48
        error = await client.error(query, period=two, grain="QUARTER_HOUR")
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "grain"}
        assert "48" in error["message"]
        year = {"days": {"from": "2025-03-01", "to": "2026-02-28"}}
        assert len((await client.ask(query, period=year, grain="WEEK"))["domain"]["timeline"]) == 53


async def test_every_nullable_argument_may_be_null(client: Client) -> None:
    data = await client.ask(
        """{
            users(filter: null, orderBy: null, after: null) { totalCount
                callStats(period: null, shift: null, timeZone: null, filter: null) { totalCall } }
            groups(filter: null, after: null) { totalCount }
            departments(after: null) { totalCount }
            extensions(filter: null, orderBy: null, after: null) { totalCount }
            domain {
                callStats(period: null, shift: null, timeZone: null, filter: {direction: null}) {
                    totalCall }
                dailyReports(period: null, shift: null, timeZone: null, filter: null) { date }
                timeline(grain: DAY, period: null, shift: null, timeZone: null, filter: null) {
                    date }
                calls(period: null, timeZone: null, filter: null, after: null) { totalCount }
                agentTime(period: null, timeZone: null) { loginSec }
            }
            user(by: {username: "an"}) {
                groups(filter: {kind: null, departments: null, search: null}) { name } }
        }"""
    )
    assert data["groups"]["totalCount"] == 4
    assert data["users"]["totalCount"] == 5
    assert data["domain"]["dailyReports"] == [{"date": "2026-03-11"}]
    assert [group["name"] for group in data["user"]["groups"]] == ["North", "South"]
