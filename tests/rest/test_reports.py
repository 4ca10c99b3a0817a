"""What the rows are, and what the figures in them count."""

from typing import Any
from uuid import UUID

import pytest
import structlog

from tests.rest.conftest import Serving

DAYS = "start_time=2023-03-07&end_time=2023-03-08"
USERS = "/v3/report/call/user"
EXTENSION = "/v2/report/extension"
SUMMARY = "/v2/report/extension/summary"
SUMMARY_DAY = "/v2/report/extension/summary/day"
AGENT_TIME = "/v2/report/agent/time"
PATHS = (USERS, EXTENSION, SUMMARY, SUMMARY_DAY, AGENT_TIME)

Rows = list[dict[str, Any]]


def by(rows: Rows, key: str) -> dict[str, dict[str, Any]]:
    found = {row[key]: row for row in rows}
    assert len(found) == len(rows)
    return found


def picked(rows: Rows, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(row[key] for key in keys) for row in rows]


@pytest.mark.parametrize("path", PATHS)
async def test_an_empty_domain_has_no_rows(serving: Serving, path: str) -> None:
    domain = await serving.domain("empty")
    response = await serving.get(f"{path}?{DAYS}", domain)
    head = {"code": 200, "content": "successfully"} if path == EXTENSION else {}
    assert response.json() == head | {"data": []}


async def test_the_summary_has_every_day_of_every_pair(serving: Serving) -> None:
    domain = await serving.domain("pairs")
    ann = await serving.user(domain, "ann")
    two = [await serving.extension(domain, number, ann) for number in ("102", "0101")]
    gone = await serving.extension(domain, "103", ann, removed_at="2023-03-07T20:00:00Z")
    bob = await serving.user(domain, "bob", removed_at="2023-03-08T00:00:00Z")
    other = await serving.extension(domain, "200", None)
    eve = await serving.user(domain, "eve")
    day = "2023-03-07T10:00:00+07:00"
    await serving.call(domain, day, user_uuid=ann, extension_uuid=two[0], extension="102")
    await serving.call(domain, day, user_uuid=ann, extension_uuid=gone, extension="103")
    await serving.call(domain, day, user_uuid=bob, extension_uuid=other, extension="200")
    await serving.call(domain, day, user_uuid=eve)
    await serving.call(domain, day, user_uuid=eve, extension="999")
    await serving.call(domain, day, extension_uuid=other, extension="200")
    await serving.call(domain, day, direction="inbound", status="busy_line", billsec=0)

    rows = await serving.data(SUMMARY, domain, DAYS)
    expected = [
        (day, str(user), number, calls)
        for day, first in (("2023-03-07T00:00:00Z", True), ("2023-03-08T00:00:00Z", False))
        for user, number, calls in sorted(
            [
                (ann, "0101", 0),
                (ann, "102", int(first)),
                (ann, "103", int(first)),
                (bob, "200", int(first)),
                (eve, "", int(first)),
                (eve, "999", int(first)),
            ]
        )
    ]
    assert picked(rows, "time", "user_uuid", "extension", "total_call") == expected
    uuids = {(row["username"], row["extension"]): row["extension_uuid"] for row in rows}
    assert uuids["ann", "103"] == str(gone)
    assert uuids["eve", "999"] == uuids["eve", ""] == ""
    assert uuids["bob", "200"] == str(other)


async def test_a_summary_is_per_user_in_totals_and_days(serving: Serving) -> None:
    domain = await serving.domain("days")
    ann = await serving.user(domain, "ann", add_date="2022-12-26 16:31:09")
    for number in ("102", "0101"):
        await serving.extension(domain, number, ann)
    eve = await serving.user(domain, "eve")
    await serving.user(domain, "idle")
    await serving.user(domain, "gone", removed_at="2023-03-08T00:00:00Z")
    for when, columns in (
        ("2023-03-06T23:59:59+07:00", {"user_uuid": ann}),
        ("2023-03-07T00:00:00+07:00", {"user_uuid": ann, "direction": "inbound"}),
        ("2023-03-08T23:59:59.9+07:00", {"user_uuid": ann, "status": "invalid", "billsec": 0}),
        ("2023-03-09T00:00:00+07:00", {"user_uuid": ann}),
        ("2023-03-08T12:00:00+07:00", {"user_uuid": eve, "direction": "local"}),
    ):
        await serving.call(domain, when, **columns)
    rows = by(await serving.data(SUMMARY_DAY, domain, DAYS), "username")
    assert set(rows) == {"ann", "eve", "idle"}
    row = rows["ann"]
    assert (row["extension"], row["extension_uuid"]) == ("0101", "")
    assert row["add_date"] == "2022-12-26 16:31:09"
    assert picked([row], "total_call", "total_duration", "total_billsec", "total_waitsec") == [
        (2, 60, 20, 40)
    ]
    assert row["reports"] == [
        {
            "time": "2023-03-07T00:00:00Z",
            "total_call": 1,
            "total_invalid": 0,
            "total_inbound": 1,
            "total_outbound": 0,
        },
        {
            "time": "2023-03-08T00:00:00Z",
            "total_call": 1,
            "total_invalid": 1,
            "total_inbound": 0,
            "total_outbound": 1,
        },
    ]
    assert [day["total_call"] for day in rows["eve"]["reports"]] == [0, 1]
    assert rows["idle"]["reports"] == []


async def test_an_extension_shows_who_has_it_now(serving: Serving) -> None:
    domain = await serving.domain("moves")
    ann, bob = [
        await serving.user(domain, name, first_name=name.title()) for name in ("ann", "bob")
    ]
    desk = await serving.extension(domain, "101", bob)
    free = await serving.extension(domain, "102", None)
    await serving.extension(domain, "103", ann)
    day = "2023-03-08T10:00:00+07:00"
    await serving.call(domain, day, user_uuid=ann, extension_uuid=desk, extension="101")
    await serving.call(
        domain, day, user_uuid=bob, extension_uuid=desk, extension="101", direction="inbound"
    )
    await serving.call(domain, day, extension_uuid=free, extension="102", status="busy", billsec=0)
    await serving.call(domain, day, user_uuid=ann, extension="0999", status="cancel", billsec=0)
    await serving.call(domain, day, user_uuid=ann)
    rows = await serving.data(EXTENSION, domain, DAYS)
    keys = ("extension", "extension_id", "user_id", "username", "firstname", "total", "inbound")
    assert picked(rows, *keys) == [
        ("0999", "", "", "", "", 1, 0),
        ("101", str(desk), str(bob), "bob", "Bob", 2, 1),
        ("102", str(free), "", "", "", 1, 0),
    ]
    assert [(row["answered"], row["busy"], row["cancel"]) for row in rows] == [
        (0, 0, 1),
        (2, 0, 0),
        (0, 1, 0),
    ]


async def test_people_have_groups_departments_and_superiors(serving: Serving) -> None:
    domain = await serving.domain("people")
    ann = await serving.user(domain, "ann")
    lead = await serving.user(domain, "lead", level="leader", email="lead@example.org")
    boss = await serving.user(domain, "boss", level="manager")
    await serving.extension(domain, "101", ann)
    for number in ("900", "300"):
        await serving.extension(domain, number, lead)
    department = UUID(int=5)
    await serving.insert(
        domain, "departments", {"department_uuid": department, "department_name": "Sales"}
    )
    team = await serving.team(
        domain, "Team", [ann, lead, boss], department_uuid=department, group_weight=7
    )
    rights = await serving.team(domain, "admin", [ann], kind="permission")
    teams = {
        "group_uuid": str(team),
        "group_name": "Team",
        "group_weight": 7,
        "department_uuid": str(department),
    }
    permission = {
        "group_uuid": str(rights),
        "group_name": "admin",
        "group_weight": 1,
        "department_uuid": "",
    }
    place = {
        "department_uuid": str(department),
        "department_name": "Sales",
        "domain_uuid": str(domain),
    }
    summary = by(await serving.data(SUMMARY, domain), "extension")["101"]
    per_day = by(await serving.data(SUMMARY_DAY, domain), "username")["ann"]
    user = by(await serving.data(USERS, domain), "username")["ann"]
    assert summary["groups"] == [teams]
    assert per_day["groups"] == user["groups"] == [teams, permission]
    assert summary["departments"] == per_day["departments"] == user["departments"] == [place]
    for row in (summary, per_day):
        assert row["leaders"] == [
            {
                "user_uuid": str(lead),
                "username": "lead",
                "first_name": "",
                "middle_name": "",
                "last_name": "",
                "extension": "300",
                "level": "leader",
                "email": "lead@example.org",
            }
        ]
        assert list(row["leaders"][0])[-3:] == ["extension", "level", "email"]
        assert picked(row["managers"], "username", "extension") == [("boss", "")]


@pytest.mark.parametrize(
    ("zone", "started_at", "shown"),
    [
        ("Asia/Ho_Chi_Minh", "2023-03-08T00:00:00.25+07:00", "2023-03-08 00:00:00.25+07"),
        ("Asia/Kolkata", "2023-03-08T10:00:00+05:30", "2023-03-08 10:00:00+05:30"),
        (
            "America/St_Johns",
            "2023-03-08T00:00:00.000001-03:30",
            "2023-03-08 00:00:00.000001-03:30",
        ),
        ("Etc/UTC", "2023-03-08T00:00:00Z", "2023-03-08 00:00:00+00"),
    ],
)
async def test_times_are_local_with_a_short_offset(
    serving: Serving, zone: str, started_at: str, shown: str
) -> None:
    domain = await serving.domain("times", zone)
    ann = await serving.user(domain, "ann")
    await serving.activity(domain, ann, started_at, seconds=1)
    (row,) = await serving.data(AGENT_TIME, domain, "start_time=2023-03-08&end_time=2023-03-08")
    assert (row["earliest_time"], row["latest_time"]) == (shown, shown)


async def test_agent_time_counts_whole_what_started_in_the_period(serving: Serving) -> None:
    domain = await serving.domain("agents")
    ann, bob = [await serving.user(domain, name) for name in ("ann", "bob")]
    gone = await serving.user(domain, "gone", removed_at="2023-03-08T04:00:00Z")
    await serving.user(domain, "idle")
    for user, when, columns in (
        (ann, "2023-03-06T23:59:59+07:00", {"seconds": 80_000}),
        (ann, "2023-03-08T23:59:59+07:00", {"seconds": 80_000}),
        (ann, "2023-03-07T08:00:00+07:00", {"seconds": 60, "state": "talk"}),
        (bob, "2023-03-08T11:00:00+07:00", {"seconds": None, "state": "wait"}),
        (gone, "2023-03-07T08:00:00+07:00", {"seconds": 5, "state": "dispo"}),
    ):
        await serving.activity(domain, user, when, **columns)
    rows = by(await serving.data(AGENT_TIME, domain, DAYS), "username")
    assert set(rows) == {"ann", "bob", "gone"}
    assert picked([rows["ann"]], "total_pause_sec", "total_talk_sec") == [(80_000, 60)]
    assert rows["ann"]["earliest_time"] == "2023-03-07 08:00:00+07"
    assert rows["ann"]["latest_time"] == "2023-03-08 23:59:59+07"
    assert rows["bob"]["total_wait_sec"] == 3600
    assert rows["gone"]["total_dispo_sec"] == 5


async def test_a_changing_clock_makes_long_and_short_days(serving: Serving) -> None:
    domain = await serving.domain("clocks", "Europe/Berlin")
    ann = await serving.user(domain, "ann")
    await serving.extension(domain, "101", ann)
    for hour in range(25):
        when = f"2022-10-{29 + (hour + 22) // 24}T{(hour + 22) % 24:02}:30:00Z"
        await serving.call(domain, when, user_uuid=ann)
    (row,) = await serving.data(SUMMARY_DAY, domain, "start_time=2022-10-29&end_time=2022-10-31")
    assert picked(row["reports"], "time", "total_call") == [
        ("2022-10-29T00:00:00Z", 0),
        ("2022-10-30T00:00:00Z", 25),
        ("2022-10-31T00:00:00Z", 0),
    ]


async def test_a_year_of_a_big_tenant_passes_32_bits(serving: Serving) -> None:
    domain = await serving.domain("big")
    ann = await serving.user(domain, "ann")
    for _ in range(3):
        columns = {"duration": 2_000_000_000, "billsec": 2_000_000_000}
        await serving.call(domain, "2023-03-08T00:00:00+07:00", user_uuid=ann, **columns)
    (row,) = await serving.data(USERS, domain, "start_time=2023-03-08")
    assert row["total_billsec"] == 6_000_000_000


@pytest.mark.parametrize("path", [*PATHS, f"{USERS}?{DAYS}"])
async def test_the_number_of_statements_does_not_grow(serving: Serving, path: str) -> None:
    counts = []
    domain = await serving.domain("counted")
    for number in range(3):
        user = await serving.user(domain, f"user {number}", level="leader")
        extension = await serving.extension(domain, f"10{number}", user)
        await serving.team(domain, f"team {number}", [user])
        started_at = "2023-03-08T10:00:00+07:00"
        await serving.call(domain, started_at, user_uuid=user, extension_uuid=extension)
        await serving.activity(domain, user, started_at, seconds=5)
        counts.append(await _statements(serving, path, domain))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 10


async def _statements(serving: Serving, path: str, domain: UUID) -> int:
    """How many statements the answer took, as the log would say."""
    assert (await serving.get(path, domain)).status_code == 200
    count: int = structlog.contextvars.get_contextvars()["statements"]
    return count


async def test_two_domains_see_nothing_of_each_other(serving: Serving) -> None:
    answers = {}
    domains = [await serving.domain(name) for name in ("one", "two")]
    for domain in domains:
        ann = await serving.user(domain, "ann")
        extension = await serving.extension(domain, "101", ann)
        await serving.team(domain, "team", [ann])
        at = "2023-03-08T10:00:00+07:00"
        columns = {"user_uuid": ann, "extension_uuid": extension, "extension": "101"}
        await serving.call(domain, at, **columns)
        await serving.activity(domain, ann, at, seconds=5)
        answers[domain] = ann, extension
    for domain, other in (domains, reversed(domains)):
        for path in PATHS:
            response = await serving.get(f"{path}?{DAYS}&domain_uuid={other}", domain)
            assert len(response.json()["data"]) == (2 if path == SUMMARY else 1)
            assert str(answers[domain][0]) in response.text
            for foreign in (other, *answers[other]):
                assert str(foreign) not in response.text
