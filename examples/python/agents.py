"""What each agent did on the days of a period, by gql (https://gql.readthedocs.io).

    GATEWAY_TOKEN=gw_… python examples/python/agents.py 2026-03-01 2026-03-31

prints a line per agent: calls, talk time, and when the first activity began.
"""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport
from gql.utilities import update_schema_scalar
from graphql import GraphQLScalarType, GraphQLSchema, build_schema

SCHEMA = Path(__file__).parents[2] / "schema.graphql"

AGENTS = gql("""
    query Agents($period: Period!, $after: String) {
      users(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          username
          callStats(period: $period) { totalCall totalBillsec period { start } }
          agentTime(period: $period) { earliestTime }
        }
      }
    }
""")


def schema() -> GraphQLSchema:
    """The schema from its file, with Python's types for what is text or a number on the way."""
    found = build_schema(SCHEMA.read_text("utf-8"))
    parsed: dict[str, Callable[[str], date]] = {
        "DateTime": datetime.fromisoformat,
        "Date": date.fromisoformat,
    }
    for name, parse in parsed.items():
        update_schema_scalar(found, name, GraphQLScalarType(name, parse_value=parse))
    return found


def connected(url: str, token: str) -> Client:
    transport = HTTPXTransport(url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    return Client(transport=transport, schema=schema(), parse_results=True)


def agents(client: Client, period: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every agent, page by page."""
    after = None
    while True:
        asked = GraphQLRequest(AGENTS, variable_values={"period": period, "after": after})
        users = client.execute(asked)["users"]
        yield from users["nodes"]
        if not users["pageInfo"]["hasNextPage"]:
            return
        after = users["pageInfo"]["endCursor"]


def line(agent: dict[str, Any]) -> str:
    figures, time = agent["callStats"], agent["agentTime"]
    began = time["earliestTime"] if time else None
    shown = began.isoformat() if began else "-"
    return f"{agent['username']} {figures['totalCall']} {figures['totalBillsec']} {shown}"


def main() -> None:
    client = connected(
        os.environ.get("GATEWAY_URL", "http://127.0.0.1:8000/graphql"),
        os.environ["GATEWAY_TOKEN"],
    )
    days = sys.argv[1:3]
    period: dict[str, Any] = {"preset": "TODAY"}
    if days:
        period = {"days": {"from": days[0], "to": days[-1]}}
    try:
        for agent in agents(client, period):
            print(line(agent))
    except TransportQueryError as error:
        # Programs ask for the code; the message is for people and may change.
        for each in error.errors or []:
            print(f"{each['extensions']['code']}: {each['message']}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
