"""What is asked: five questions, the same for everybody, and the answers' common form."""

from typing import Any, NamedTuple

import orjson

from benchmarks.dataset import FIRST_DAY, LAST_DAY, MEASURED_GROUP

MEASURES = (
    "totalCall", "totalAnswered", "totalNoAnswered", "totalBusy", "totalNotAvailable",
    "totalCancel", "totalInvalid", "totalInbound", "totalOutbound", "totalLocal", "totalDuration",
    "totalBillsec", "totalWaitsec",
)  # fmt: skip
DAY_MEASURES = ("totalCall", "totalInvalid", "totalInbound", "totalOutbound")
REST_PATH = "/v2/report/extension/summary/day"
TINY_USER = "agent042"

_USER = f"""id uuid username firstName lastName
      extension {{ id uuid extension }}
      groups {{ id uuid name }}
      callStats(period: $period) {{ {" ".join(MEASURES)} }}
      dailyReports(period: $period) {{ date {" ".join(DAY_MEASURES)} }}"""


class Workload(NamedTuple):
    """A GraphQL document in the gateway's words; `document` is "" where the question is REST."""

    name: str
    title: str
    document: str


DAY = Workload(
    "day",
    "day report",
    f"""query DayReport($period: Period!) {{
  users(first: 500) {{
    nodes {{
      {_USER}
    }}
  }}
}}""",
)
SUMMARY = Workload(
    "summary",
    "summary",
    f"""query Summary($period: Period!) {{
  users(first: 500) {{
    nodes {{ uuid username callStats(period: $period) {{ {" ".join(MEASURES)} }} }}
  }}
}}""",
)
GROUPS = Workload(
    "groups",
    "groups",
    f"""query Groups($period: Period!) {{
  groups {{
    nodes {{
      id uuid name
      users {{ id username }}
      dailyReports(period: $period) {{ date {" ".join(MEASURES)} }}
    }}
  }}
}}""",
)
TINY = Workload(
    "tiny",
    "tiny",
    f"""query Tiny {{
  user(by: {{username: "{TINY_USER}"}}) {{ firstName }}
}}""",
)
REST_DAY = Workload("rest_day", "REST day", "")
WORKLOADS = (DAY, SUMMARY, GROUPS, TINY, REST_DAY)

# Of the gateway alone: the targets name them, no peer answers them.
TIMELINE_DOMAIN = Workload(
    "timeline_domain",
    "timeline by hour, domain",
    """query HoursOfDomain($period: Period!) {
  domain { timeline(grain: HOUR, period: $period) { start totalCall totalAnswered totalBillsec } }
}""",
)
TIMELINE_GROUP = Workload(
    "timeline_group",
    "timeline by hour, group",
    f"""query HoursOfGroup($period: Period!) {{
  group(uuid: "{MEASURED_GROUP}") {{
    timeline(grain: HOUR, period: $period) {{ start totalCall totalAnswered totalBillsec }}
  }}
}}""",
)
TIMELINES = (TIMELINE_DOMAIN, TIMELINE_GROUP)
GROWTH = DAY._replace(name="growth", title="day report over the usual and ten times the calls")

PERIOD = {"days": {"from": FIRST_DAY, "to": LAST_DAY}}


class Request(NamedTuple):
    """A plain HTTP request: the whole text each time, no persisted documents."""

    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def raw(self, port: int) -> bytes:
        """The request as it goes over the wire."""
        method = "GET" if self.body is None else "POST"
        headers = [("host", f"127.0.0.1:{port}"), *self.headers]
        if self.body is not None:
            headers += [
                ("content-type", "application/json"),
                ("content-length", str(len(self.body))),
            ]
        lines = [f"{method} {self.path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers)]
        return "\r\n".join([*lines, "", ""]).encode() + (self.body or b"")


def graphql(
    document: str, variables: dict[str, Any], headers: tuple[tuple[str, str], ...] = ()
) -> Request:
    body = orjson.dumps({"query": document, "variables": variables})
    return Request("/graphql", body, headers)


def rest_query() -> str:
    return f"start_time={FIRST_DAY}%2000:00:00&end_time={LAST_DAY}%2023:59:59"


def canonical(answer: Any) -> Any:
    """An answer without what peers may differ in: opaque ids, how lists are wrapped, and 64-bit
    numbers as strings.
    """
    if isinstance(answer, list):
        return [canonical(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    if answer.keys() == {"nodes"}:
        return canonical(answer["nodes"])
    return {
        key: int(value) if key.startswith("total") else canonical(value)
        for key, value in answer.items()
        if key != "id"
    }
