"""Whoever reads does not wait for whoever writes."""

import asyncio
from typing import Any

from gateway.store.writes import locked
from tests.conftest import TestDatabase
from tests.ingest.office import HANOI, Office, activity, call
from tests.ingest.posting import Posting, posting_to

AT_ONCE = 10
DAY = "start_time=2026-03-01 00:00:00&end_time=2026-03-31 23:59:59"
QUESTION = """
    query ($period: Period!) {
        domain {
            dataVersion timeZone
            callStats(period: $period) { totalCall totalDuration }
            dailyReports(period: $period) { totalCall }
            timeline(period: $period, grain: HOUR) { totalCall }
            agentTime(period: $period) { totalPauseSec }
            calls(period: $period) { totalCount nodes { uuid } }
        }
        users { nodes { username callStats(period: $period) { totalCall } } }
    }
"""
MARCH = {"days": {"from": "2026-03-01", "to": "2026-03-31"}}


async def answers(posting: Posting) -> list[Any]:
    """What both faces say."""
    headers = {"Authorization": f"Bearer {posting.token}"}
    question = {"query": QUESTION, "variables": {"period": MARCH}}
    found = []
    async with asyncio.timeout(AT_ONCE):
        response = await posting.client.post("/graphql", json=question, headers=headers)
        assert response.status_code == 200, response.text
        assert "errors" not in response.json(), response.text
        found.append(response.json())
        for path in ("extension/summary/day", "extension", "agent/time"):
            url = f"/v2/report/{path}?{DAY}"
            response = await posting.client.get(url, headers=headers)
            assert response.status_code == 200, response.text
            found.append(response.json())
    return found


async def test_reports_answer_while_a_writer_holds_the_domain(database: TestDatabase) -> None:
    async with database.opened() as opened:
        office = Office(database, opened)
        await office.directory()
        await office.calls(*(call(number) for number in range(30)))
        await office.activities(activity("tea"))
        async with posting_to(office) as posting:
            async with locked(opened, office.domain_uuid) as writer:
                # The token is used for the first time, too.
                before = await answers(posting)
                await writer.execute("domain_put", office.name, "America/New_York")
                await writer.rezone("America/New_York")
                await writer.rebuild()
                # All days are others now, and nothing is committed.
                assert await answers(posting) == before
            after = await answers(posting)
    assert before[0]["data"]["domain"]["callStats"]["totalCall"] == 30
    assert before[0]["data"]["domain"]["agentTime"]["totalPauseSec"] == 60
    assert before[0]["data"]["domain"]["timeZone"] == HANOI
    assert after[0]["data"]["domain"]["timeZone"] == "America/New_York"
