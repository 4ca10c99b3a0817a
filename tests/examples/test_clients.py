"""The examples of clients ask the program itself; what they print is what the database holds."""

import json
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLScalarType, is_object_type, specified_scalar_types

from gateway.graphql.schema import SCHEMA
from tests.examples.conftest import (
    CALLS,
    DAY,
    END,
    EXAMPLES,
    START,
    counted,
    needs_npm,
    printed,
    run,
)
from tests.graphql.served import Served

TEAMS = """
select group_name as name, count(*) as calls, sum(billsec) as talk,
    count(*) filter (where status = 'answered') as answered
from groups join group_members using (domain_uuid, group_uuid)
    join calls using (domain_uuid, user_uuid)
where kind = 'team' and started_at >= $1 and started_at < $2
group by group_name order by group_name
"""
USERS = """
select username, count(call_uuid) as calls, coalesce(sum(billsec), 0)::int as talk
from users left join (select * from calls where started_at >= $1 and started_at < $2) as calls
    using (domain_uuid, user_uuid)
where removed_at is null
group by username order by username
"""


def asked(gateway: Served) -> list[dict[str, Any]]:
    """The log's lines of requests."""
    lines = gateway.log.read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if '"path":"/graphql"' in line]


def rate(row: Mapping[str, Any]) -> Any:
    return pytest.approx(row["answered"] / row["calls"])


def check_pages(pages: Mapping[str, Any], calls: int) -> None:
    """Every call is listed once, and as many as the figures count."""
    assert pages["total"] == len(pages["listed"]) == len(set(pages["listed"])) == calls


@needs_npm
def test_apollo(gateway: Served, programs: Path) -> None:
    found = printed(programs / "apollo.js", gateway)
    assert found["groups"] == [
        {
            "name": row["name"],
            "calls": row["calls"],
            "answerRate": rate(row),
            "dayBefore": 0,
            "talkSec": row["talk"],
        }
        for row in counted(gateway, TEAMS)
    ]
    check_pages(found["calls"], counted(gateway, CALLS)[0]["calls"])
    assert found["refused"] == "PERIOD_TOO_LONG"


@needs_npm
def test_a_document_is_sent_once(gateway: Served, programs: Path) -> None:
    """From then on its hash stands for it, in a GET that a browser's cache understands."""
    for program in ("apollo", "urql"):
        printed(programs / f"{program}.js", gateway)
        before = len(asked(gateway))
        printed(programs / f"{program}.js", gateway)
        again = asked(gateway)[before:]
        assert {line["method"] for line in again} == {"GET"}
        assert 404 not in [line["status"] for line in again]


@needs_npm
def test_urql(gateway: Served, programs: Path) -> None:
    found = printed(programs / "urql.js", gateway)
    teams = counted(gateway, TEAMS)
    assert found["groups"] == [
        {
            "name": row["name"],
            "calls": row["calls"],
            "answerRate": rate(row),
            "days": [row["calls"]],
        }
        for row in teams
    ]
    for pages, row in zip(found["calls"], teams, strict=True):
        check_pages(pages, row["calls"])
    assert found["refused"] == "PERIOD_TOO_LONG"


@needs_npm
def test_relay(gateway: Served, programs: Path) -> None:
    found = printed(programs / "relay.js", gateway)
    teams = counted(gateway, TEAMS)
    assert found["groups"] == [
        {"name": row["name"], "calls": row["calls"], "answerRate": rate(row)} for row in teams
    ]
    assert found["refetched"] == {"name": teams[0]["name"], "answered": teams[0]["answered"]}
    for pages, row in zip(found["calls"], teams, strict=True):
        check_pages(pages, row["calls"])
    assert found["refused"] == "PERIOD_TOO_LONG"


@needs_npm
def test_graphql_request(gateway: Served, programs: Path) -> None:
    """Its figures are those of the original report, too."""
    found = printed(programs / "graphql-request.js", gateway)
    days = {
        row["username"]: {DAY: {"calls": row["calls"], "talkSec": row["talk"]}}
        for row in counted(gateway, USERS)
    }
    assert found == {"days": days, "refused": "PERIOD_TOO_LONG"}
    period = {"start_time": DAY, "end_time": DAY}
    report = httpx.get(
        f"{gateway.address}/v2/report/extension/summary/day",
        params=period,
        headers=gateway.headers,
    ).json()["data"]
    reported = {row["username"]: row["total_call"] for row in report}
    assert {name: by_day[DAY]["calls"] for name, by_day in days.items()} == reported


@needs_npm
@pytest.mark.parametrize("client", ["apollo", "urql"])
def test_a_refused_token_leads_to_signing_in(gateway: Served, programs: Path, client: str) -> None:
    wrong = gateway.token[:-1] + ("A" if gateway.token[-1] != "A" else "B")
    done = run(["node", programs / f"{client}.js", DAY], gateway, GATEWAY_TOKEN=wrong)
    assert done.returncode != 0
    assert "sign in again" in done.stderr


def test_python(gateway: Served) -> None:
    script = EXAMPLES / "python" / "agents.py"
    done = run([sys.executable, "-W", "error", script, DAY], gateway)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[:3] for line in lines] == [
        [row["username"], str(row["calls"]), str(row["talk"])] for row in counted(gateway, USERS)
    ]
    assert [line[3] for line in lines] == ["2026-03-10T02:00:00+00:00", "-", "-", "-", "-"]
    refused = run([sys.executable, script, "2020-01-01", "2025-12-31"], gateway)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("PERIOD_TOO_LONG: ")


def test_curl(gateway: Served) -> None:
    script = EXAMPLES / "curl" / "domain.sh"
    done = run(["sh", script, json.dumps({"days": {"from": DAY, "to": DAY}})], gateway)
    assert done.returncode == 0, done.stderr
    answer, statuses = done.stdout.splitlines()
    (row,) = counted(gateway, CALLS)
    assert json.loads(answer)["data"]["domain"]["callStats"] == {
        "totalCall": row["calls"],
        "totalAnswered": row["answered"],
        "answerRate": rate(row),
    }
    assert statuses == "200, then 304"
    refused = run(["sh", script, '{"days": {"from": "2020-01-01", "to": "2025-12-31"}}'], gateway)
    assert refused.returncode == 1
    assert "PERIOD_TOO_LONG" in refused.stdout


def infinity(target: Any, gateway: Served) -> Any:
    """The request that the Infinity data source makes of a panel's query, and its rows."""
    options = target["url_options"]
    moments = {"${__from:date:iso}": START, "${__to:date:iso}": END}
    variables = options["body_graphql_variables"]
    for macro, moment in moments.items():
        variables = variables.replace(macro, f"{moment:%Y-%m-%dT%H:%M:%S}.000Z")
    assert "${" not in variables
    response = httpx.request(
        options["method"],
        gateway.address + target["url"],
        json={"query": options["body_graphql_query"], "variables": json.loads(variables)},
        headers={**gateway.headers, "Accept": "application/json;q=0.9,text/plain"},
    )
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/json")
    found = response.json()
    for key in target["root_selector"].split("."):
        found = found[key]
    return [{each["text"]: row[each["selector"]] for each in target["columns"]} for row in found]


def test_grafana(gateway: Served) -> None:
    target = json.loads((EXAMPLES / "grafana" / "target.json").read_text("utf-8"))
    assert target["url_options"]["body_type"] == target["type"] == "graphql"
    rows = infinity(target, gateway)
    (expected,) = counted(gateway, CALLS)
    assert len(rows) == 24
    assert sum(row["calls"] for row in rows) == expected["calls"]
    assert sum(row["answered"] for row in rows) == expected["answered"]
    times = [datetime.fromisoformat(row["time"]) for row in rows]
    assert (times[0], times) == (START, sorted(times))


def test_urql_knows_what_has_no_id() -> None:
    keyless = {
        name
        for name, kind in SCHEMA.type_map.items()
        if is_object_type(kind)
        and "id" not in kind.fields
        and not name.startswith("__")
        # The cache knows these by itself.
        and not name.endswith(("Connection", "Edge"))
        and name not in {"PageInfo", "Query", "Subscription"}
    }
    client = (EXAMPLES / "urql" / "client.ts").read_text("utf-8")
    assert keyless == set(re.findall(r"(\w+): embedded,", client))


def test_relay_knows_every_scalar() -> None:
    config = json.loads((EXAMPLES / "relay.config.json").read_text("utf-8"))
    standard = {scalar.name for scalar in specified_scalar_types.values()}
    own = {name for name, kind in SCHEMA.type_map.items() if isinstance(kind, GraphQLScalarType)}
    assert set(config["customScalarTypes"]) == own - standard
