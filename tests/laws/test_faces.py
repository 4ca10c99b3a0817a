"""Whole questions over HTTP: GraphQL equals a count over the raw rows, and REST equals GraphQL."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.measures import METRICS, SHOWN
from gateway.period import Grain, Period
from gateway.store import tokens
from gateway.viewer import Role
from tests.laws.conftest import Bench
from tests.laws.domains import Company, companies
from tests.laws.recount import recounted, zeros
from tests.laws.test_calls import part

FEWER = settings(max_examples=settings().max_examples // 4)
COMPANIES = companies(most_activities=4)


class Faces:
    """The application over the bench's database; it is as late as the example says."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.company: Company | None = None
        self.app: Starlette = create_app(
            bench.place.settings(max_cost=10**9), clock=lambda: self.of_now().now
        )
        self._lifespan = self.app.router.lifespan_context(self.app)
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://gateway.test"
        )

    def of_now(self) -> Company:
        assert self.company is not None
        return self.company

    async def open(self) -> None:
        await self._lifespan.__aenter__()

    async def close(self) -> None:
        await self._http.aclose()
        await self._lifespan.__aexit__(None, None, None)

    async def show(self, company: Company) -> None:
        self.company = company
        await self.bench.put(company.world)
        token = await tokens.create(
            self.bench.database, company.world.domain_uuid, Role.ADMIN, "laws", company.now
        )
        self._http.headers["authorization"] = f"Bearer {token}"

    async def ask(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        answer = (await self._http.post("/graphql", json=body)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def rows(self, path: str, period: Period) -> list[dict[str, Any]]:
        times = {
            "start_time": period.start.isoformat(),
            "end_time": (period.end - timedelta(seconds=1)).isoformat(),
        }
        answer = await self._http.get(path, params=times)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"] or []
        return found


@pytest.fixture(scope="module")
def faces(bench: Bench) -> Iterator[Faces]:
    found = Faces(bench)
    bench.run(found.open())
    yield found
    bench.run(found.close())


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


MEASURED = " ".join(camel(measure.name) for measure in SHOWN)
DERIVED = " ".join(camel(metric) for metric in METRICS)


def said(period: Period) -> dict[str, Any]:
    return {"range": {"start": period.start.isoformat(), "end": period.end.isoformat()}}


@FEWER
@given(company=COMPANIES, grain=st.sampled_from(Grain))
def test_graphql_equals_a_count_over_the_raw_calls(
    bench: Bench, faces: Faces, company: Company, grain: Grain
) -> None:
    query = f"""query ($period: Period!, $zone: TimeZone!, $grain: Grain!) {{
        domain {{ ...Stats }} users(first: 500) {{ nodes {{ ...Stats }} }}
        groups(filter: null) {{ nodes {{ ...Stats }} }} departments {{ nodes {{ ...Stats }} }}
        extensions {{ nodes {{ ...Stats }} }} }}
        fragment Stats on Reporting {{
            ... on Domain {{ uuid }} ... on User {{ uuid }} ... on Group {{ uuid }}
            ... on Department {{ uuid }} ... on Extension {{ uuid }}
            callStats(period: $period, timeZone: $zone) {{ {MEASURED} {DERIVED} }}
            timeline(grain: $grain, period: $period, timeZone: $zone) {{
                date start {MEASURED} {DERIVED} }}
            calls(period: $period, timeZone: $zone, first: 100) {{ totalCount nodes {{ uuid }} }}
        }}"""
    period = company.period

    async def check() -> None:
        await faces.show(company)
        zone = str(period.zone)
        data = await faces.ask(query, period=said(period), zone=zone, grain=grain.value)
        subjects = {"domain": [data["domain"]]} | {
            one: data[f"{one}s"]["nodes"] for one in ("user", "group", "department", "extension")
        }
        for subject, nodes in subjects.items():
            uuid = company.world.domain_uuid
            whole, parts = [
                {
                    (str(key), name): figures
                    for (key, name), figures in (
                        await recounted(bench.owner, uuid, subject, period, each)
                    ).items()
                }
                for each in (None, grain)
            ]
            for node in nodes:
                expected = whole.get((node["uuid"], None), zeros())
                assert_shown(node["callStats"], expected, subject)
                assert node["calls"]["totalCount"] == expected["total_call"]
                assert len(set(map(str, node["calls"]["nodes"]))) == expected["total_call"]
                for bucket in node["timeline"]:
                    name = part(instants(bucket), grain, period)
                    expected = parts.pop((node["uuid"], name), zeros())
                    assert_shown(bucket, expected, subject)

    bench.run(check())


def instants(bucket: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**bucket, "start": datetime.fromisoformat(bucket["start"])}


def assert_shown(shown: Mapping[str, Any], figures: Mapping[str, int], subject: str) -> None:
    for measure in SHOWN:
        assert shown[camel(measure.name)] == figures[measure.name]
    for name, metric in METRICS.items():
        below, of = figures[metric.denominator], figures[metric.numerator]
        none = below == 0 or (metric.domain_only and subject != "domain")
        assert shown[camel(name)] == (None if none else of / below)


def whole_seconds(company: Company) -> Company:
    """REST's periods are of whole seconds, and its days the domain's."""
    period = company.period
    end = period.end.replace(microsecond=0)
    assume(period.start < end)
    company.world.time_zone = str(period.zone)
    return replace(company, period=Period(period.start, end, period.zone))


RENAMED = {
    "total_invalid_number": "total_invalid",
    "total": "total_call",
}


def assert_same(row: Mapping[str, Any], stats: Mapping[str, Any]) -> None:
    """Every figure of the REST row is GraphQL's."""
    compared = 0
    for key, value in row.items():
        name = RENAMED.get(key, key if key.startswith("total") else f"total_{key}")
        if camel(name) in stats:
            assert value == stats[camel(name)], key
            compared += 1
    assert compared >= 10


@FEWER
@given(company=COMPANIES)
def test_rest_and_graphql_give_the_same_numbers(
    bench: Bench, faces: Faces, company: Company
) -> None:
    company = whole_seconds(company)
    period = company.period

    async def check() -> None:
        await faces.show(company)
        data = await faces.ask(
            f"""query ($period: Period!) {{ users(first: 500) {{ nodes {{ uuid
                extensions {{ uuid }} callStats(period: $period) {{ {MEASURED} }}
                dailyReports(period: $period) {{
                    date totalCall totalInvalid totalInbound totalOutbound }} }} }} }}""",
            period=said(period),
        )
        users = {user["uuid"]: user for user in data["users"]["nodes"]}
        of_users = await faces.rows("/v3/report/call/user", period)
        assert {row["user_uuid"] for row in of_users} == users.keys()
        for row in of_users:
            assert_same(row, users[row["user_uuid"]]["callStats"])
        with_days = await faces.rows("/v2/report/extension/summary/day", period)
        assert {row["user_uuid"] for row in with_days} == users.keys()
        for row in with_days:
            user = users[row["user_uuid"]]
            assert_same(row, user["callStats"])
            if user["extensions"] or user["callStats"]["totalCall"]:
                assert [days_of_rest(day) for day in row["reports"]] == user["dailyReports"]
            else:
                assert row["reports"] == []

    bench.run(check())


def days_of_rest(day: Mapping[str, Any]) -> dict[str, Any]:
    figures = {camel(key): value for key, value in day.items() if key != "time"}
    return {"date": day["time"].removesuffix("T00:00:00Z"), **figures}


@FEWER
@given(company=COMPANIES)
def test_rest_and_graphql_give_the_same_numbers_of_extensions(
    bench: Bench, faces: Faces, company: Company
) -> None:
    company = whole_seconds(company)

    async def check() -> None:
        await faces.show(company)
        rows = await faces.rows("/v2/report/extension", company.period)
        of_rest = {row["extension_id"]: row for row in rows}
        assert len(of_rest) == len(rows)
        for uuid in company.extensions:
            data = await faces.ask(
                f"""query ($uuid: UUID!, $period: Period!) {{ extension(by: {{uuid: $uuid}}) {{
                    callStats(period: $period) {{ {MEASURED} }} }} }}""",
                uuid=str(uuid),
                period=said(company.period),
            )
            stats = data["extension"]["callStats"]
            if stats["totalCall"]:
                assert_same(of_rest.pop(str(uuid)), stats)
        assert not of_rest

    bench.run(check())


@FEWER
@given(company=COMPANIES)
def test_rest_and_graphql_give_the_same_agent_time(
    bench: Bench, faces: Faces, company: Company
) -> None:
    company = whole_seconds(company)

    async def check() -> None:
        await faces.show(company)
        rows = await faces.rows("/v2/report/agent/time", company.period)
        of_rest = {row["user_uuid"]: row for row in rows}
        for uuid in company.users:
            data = await faces.ask(
                """query ($uuid: UUID!, $period: Period!) { user(by: {uuid: $uuid}) {
                    agentTime(period: $period, crossing: WHOLE) { earliestTime
                        totalPauseSec totalWaitSec totalTalkSec totalDispoSec } } }""",
                uuid=str(uuid),
                period=said(company.period),
            )
            time = data["user"]["agentTime"]
            if time is not None and time.pop("earliestTime"):
                row = of_rest.pop(str(uuid))
                assert {name: row[key] for key in row if (name := camel(key)) in time} == time
        assert not of_rest

    bench.run(check())
