"""The hand-written endpoint: rows as PostgreSQL gives them, grouped in Python, one orjson."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.contenders.plumbing import Asked, Row, asked, json_response, pool_of, pooled, sql
from benchmarks.workloads import DAY_MEASURES, MEASURES, TINY_USER

USERS = sql("users")
TEAMS = sql("teams")
TEAMS_OF_USERS = sql("teams_of_users")
MEMBERS_OF_TEAMS = sql("members_of_teams")
DEPARTMENTS_OF_USERS = sql("departments_of_users")
SUPERIORS_OF_USERS = sql("superiors_of_users")
STATS_OF_USERS = sql("stats_of_users")
DAYS_OF_USERS = sql("days_of_users")
DAYS_OF_TEAMS = sql("days_of_teams")
TINY = sql("tiny")

NO_CALLS = (0,) * len(MEASURES)
# The REST report's keys, in its order, and where the rows of STATS_OF_USERS have them.
REST_MEASURES = (
    ("total_duration", 10), ("total_billsec", 11), ("total_waitsec", 12), ("total_call", 0),
    ("total_answered", 1), ("total_no_answered", 2), ("total_busy", 3), ("total_not_available", 4),
    ("total_cancel", 5), ("total_invalid", 6), ("total_inbound", 7), ("total_outbound", 8),
    ("total_local", 9),
)  # fmt: skip
REST_DAY_MEASURES = ("total_call", "total_invalid", "total_inbound", "total_outbound")


async def day(request: Request) -> Response:
    question = await asked(request)
    async with pool_of(request).acquire() as connection:
        users = await connection.fetch(USERS, question.domain)
        teams = grouped(await connection.fetch(TEAMS_OF_USERS, question.domain))
        stats = {row[0]: row[1:] for row in await connection.fetch(STATS_OF_USERS, *question)}
        days = grouped(await connection.fetch(DAYS_OF_USERS, *question))
    labels = {day: str(day) for day in question.days()}
    nodes = [
        {
            "id": opaque("User", user["user_uuid"]),
            "uuid": user["user_uuid"],
            "username": user["username"],
            "firstName": user["first_name"],
            "lastName": user["last_name"],
            "extension": extension(user),
            "groups": [team(row) for row in teams[user["user_uuid"]]],
            "callStats": figures(MEASURES, stats.get(user["user_uuid"], NO_CALLS)),
            "dailyReports": reports(labels, days[user["user_uuid"]], DAY_MEASURES, "date"),
        }
        for user in users
    ]
    return json_response({"data": {"users": {"nodes": nodes}}})


async def summary(request: Request) -> Response:
    question = await asked(request)
    async with pool_of(request).acquire() as connection:
        users = await connection.fetch(USERS, question.domain)
        stats = {row[0]: row[1:] for row in await connection.fetch(STATS_OF_USERS, *question)}
    nodes = [
        {
            "uuid": user["user_uuid"],
            "username": user["username"],
            "callStats": figures(MEASURES, stats.get(user["user_uuid"], NO_CALLS)),
        }
        for user in users
    ]
    return json_response({"data": {"users": {"nodes": nodes}}})


async def groups(request: Request) -> Response:
    question = await asked(request)
    async with pool_of(request).acquire() as connection:
        teams = await connection.fetch(TEAMS, question.domain)
        members = grouped(await connection.fetch(MEMBERS_OF_TEAMS, question.domain))
        days = grouped(await connection.fetch(DAYS_OF_TEAMS, *question))
    labels = {day: str(day) for day in question.days()}
    nodes = [
        {
            "id": opaque("Group", uuid),
            "uuid": uuid,
            "name": name,
            "users": [
                {"id": opaque("User", row["user_uuid"]), "username": row["username"]}
                for row in members[uuid]
            ],
            "dailyReports": reports(labels, days[uuid], MEASURES, "date"),
        }
        for uuid, name in teams
    ]
    return json_response({"data": {"groups": {"nodes": nodes}}})


async def tiny(request: Request) -> Response:
    question = await asked(request)
    name = await pool_of(request).fetchval(TINY, question.domain, TINY_USER)
    return json_response({"data": {"user": {"firstName": name}}})


async def rest_day(request: Request) -> Response:
    question = await asked(request)
    async with pool_of(request).acquire() as connection:
        users = await connection.fetch(USERS, question.domain)
        teams = grouped(await connection.fetch(TEAMS_OF_USERS, question.domain))
        departments = grouped(await connection.fetch(DEPARTMENTS_OF_USERS, question.domain))
        superiors = grouped(await connection.fetch(SUPERIORS_OF_USERS, question.domain))
        stats = {row[0]: row[1:] for row in await connection.fetch(STATS_OF_USERS, *question)}
        days = grouped(await connection.fetch(DAYS_OF_USERS, *question))
    people = {user["user_uuid"]: superior(user) for user in users}
    labels = {day: f"{day}T00:00:00Z" for day in question.days()}
    rows = [
        rest_row(
            user,
            stats.get(user["user_uuid"], NO_CALLS),
            {
                "groups": [rest_team(row) for row in teams[user["user_uuid"]]] or None,
                "departments": [
                    rest_department(question, row) for row in departments[user["user_uuid"]]
                ]
                or None,
                "leaders": above("leader", superiors[user["user_uuid"]], people),
                "managers": above("manager", superiors[user["user_uuid"]], people),
                "reports": reports(labels, days[user["user_uuid"]], REST_DAY_MEASURES, "time"),
            },
        )
        for user in sorted(users, key=lambda user: user["user_uuid"])
    ]
    return json_response({"data": rows})


def grouped(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    """The rows by their first column."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def figures(names: Sequence[str], values: Sequence[int]) -> dict[str, int]:
    return dict(zip(names, values, strict=True))


def reports(
    labels: Mapping[Any, str], rows: Sequence[Row], names: Sequence[str], key: str
) -> list[dict[str, Any]]:
    """A report for every day; the rows, (owner, day, *figures), lack those without calls."""
    if len(rows) == len(labels):
        return [{key: labels[row[1]], **figures(names, row[2:])} for row in rows]
    known = {row[1]: row[2:] for row in rows}
    none = (0,) * len(names)
    return [{key: label, **figures(names, known.get(day, none))} for day, label in labels.items()]


def opaque(typename: str, uuid: str) -> str:
    return f"{typename}{uuid.replace('-', '')}"


def extension(user: Row) -> dict[str, Any] | None:
    uuid = user["extension_uuid"]
    if uuid is None:
        return None
    return {"id": opaque("Extension", uuid), "uuid": uuid, "extension": user["extension"]}


def team(row: Row) -> dict[str, Any]:
    uuid = row["group_uuid"]
    return {"id": opaque("Group", uuid), "uuid": uuid, "name": row["group_name"]}


def rest_row(user: Row, stats: Sequence[int], lists: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "user_uuid": user["user_uuid"],
        "username": user["username"],
        "last_name": user["last_name"],
        "middle_name": user["middle_name"],
        "first_name": user["first_name"],
        "add_date": user["add_date"],
        "extension": user["extension"] or "",
        "extension_uuid": "",
        **{name: stats[place] for name, place in REST_MEASURES},
        **lists,
    }


def rest_team(row: Row) -> dict[str, Any]:
    return {
        "group_uuid": row["group_uuid"],
        "group_name": row["group_name"],
        "group_weight": row["group_weight"],
        "department_uuid": row["department_uuid"] or "",
    }


def rest_department(question: Asked, row: Row) -> dict[str, Any]:
    return {
        "department_uuid": row["department_uuid"],
        "department_name": row["department_name"],
        "domain_uuid": question.domain,
    }


def superior(user: Row) -> dict[str, Any]:
    return {
        "user_uuid": user["user_uuid"],
        "username": user["username"],
        "first_name": user["first_name"],
        "middle_name": user["middle_name"],
        "last_name": user["last_name"],
        "extension": user["extension"] or "",
        "level": user["level"],
        "email": user["email"],
    }


def above(
    level: str, rows: Iterable[Row], people: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]] | None:
    return [people[row["superior_uuid"]] for row in rows if row["level"] == level] or None


app = Starlette(
    routes=[
        Route("/day", day, methods=["POST"]),
        Route("/summary", summary, methods=["POST"]),
        Route("/groups", groups, methods=["POST"]),
        Route("/tiny", tiny, methods=["POST"]),
        Route("/rest_day", rest_day, methods=["POST"]),
    ],
    lifespan=pooled,
)
