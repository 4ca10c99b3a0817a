"""Pages: each row once, in order, whatever their size and whatever is added meanwhile."""

import base64
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.conftest import TestDatabase
from tests.graphql.company import TUESDAY, TUESDAY_ONLY, Company
from tests.graphql.conftest import NOW, Client, client_of, stored

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
CHANCE = random.Random(7)


def crowd() -> Company:
    """Many that are equal in what they are sorted by."""
    world = Company("crowd")
    for number in range(23):
        department = world.department(f"D{number % 4}")
        group = world.group(f"G{number % 3}", department)
        names = {
            "first_name": ("Ân", "ân", "Bo", "")[number % 4],
            "last_name": ("", "Z")[number % 2],
        }
        extensions = [] if number % 3 == 0 else [f"{number:02}1", f"{number:02}0"]
        user = world.user(f"u{number * 7 % 23}", extensions=extensions, groups=[group], **names)
        world.call(TUESDAY + timedelta(seconds=number // 4), user)
        world.call(TUESDAY + timedelta(seconds=number // 4), None, extension="x")
    return world


@pytest.fixture
def people() -> Company:
    return crowd()


@pytest.fixture
async def client(database: TestDatabase, people: Company) -> AsyncIterator[Client]:
    await stored(database, people)
    async with client_of(database, people.domain_uuid) as opened:
        yield opened


def connection(data: Any) -> Any:
    """The first connection in an answer."""
    while "pageInfo" not in data:
        (data,) = data.values()
        data = data[0] if isinstance(data, list) else data
    return data


async def walked(
    client: Client,
    query: str,
    between: Callable[[int], Awaitable[None]] | None = None,
    **variables: Any,
) -> list[str]:
    """The rows' uuids, page by page of random sizes."""
    found: list[str] = []
    after: str | None = None
    for number in range(1000):
        size = CHANCE.randint(1, 9)
        page = connection(await client.ask(query, first=size, after=after, **variables))
        uuids = [node["uuid"] for node in page["nodes"]]
        info = page["pageInfo"]
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert [edge["node"]["uuid"] for edge in page["edges"]] == uuids
        assert info["hasPreviousPage"] == (number > 0)
        assert [info["startCursor"], info["endCursor"]] == (
            [cursors[0], cursors[-1]] if cursors else [None, None]
        )
        assert len(uuids) == size or not info["hasNextPage"]
        found += uuids
        if between is not None:
            await between(number)
        if not info["hasNextPage"]:
            return found
        after = info["endCursor"]
    raise AssertionError("the pages do not end")


def listing(field: str, arguments: str = "", total: str = "totalCount") -> str:
    body = f"{total} nodes {{ uuid }} edges {{ cursor node {{ uuid }} }} {PAGE_INFO}"
    said = f"first: $first, after: $after{arguments}"
    return f"query ($first: Int!, $after: String) {{ {field}({said}) {{ {body} }} }}"


def name_of(user: dict[str, Any]) -> str:
    return " ".join(filter(None, (user["first_name"], user.get("middle_name"), user["last_name"])))


def orders(world: Company) -> dict[str, list[str]]:
    """The uuids of the living users in each order."""
    lowest: dict[Any, str] = {}
    for row in world.rows["extensions"]:
        owner, number = row["user_uuid"], row["extension"]
        lowest[owner] = min(lowest.get(owner, number), number)
    keys: dict[str, Callable[[dict[str, Any]], str]] = {
        "USERNAME": lambda user: str(user["username"]),
        "NAME": name_of,
        "EXTENSION": lambda user: lowest.get(user["user_uuid"], ""),
    }
    return {
        name: [
            str(user["user_uuid"])
            for user in sorted(
                world.rows["users"],
                key=lambda user: (key(user).encode(), user["user_uuid"].bytes),
            )
        ]
        for name, key in keys.items()
    }


async def test_users_in_every_order(client: Client, people: Company) -> None:
    for key, ascending in orders(people).items():
        for direction in ("ASC", "DESC"):
            said = f", orderBy: {{key: {key}, direction: {direction}}}"
            expected = ascending if direction == "ASC" else ascending[::-1]
            assert await walked(client, listing("users", said)) == expected, said
    assert await walked(client, listing("users")) == orders(people)["USERNAME"]


async def test_extensions_in_both_directions(client: Client, people: Company) -> None:
    rows = sorted(people.rows["extensions"], key=lambda row: str(row["extension"]))
    expected = [str(row["extension_uuid"]) for row in rows]
    assert await walked(client, listing("extensions")) == expected
    assert await walked(client, listing("extensions", ", orderBy: {}")) == expected
    said = ", orderBy: {direction: DESC}"
    assert await walked(client, listing("extensions", said)) == expected[::-1]


@pytest.mark.parametrize(("field", "one"), [("groups", "group"), ("departments", "department")])
async def test_groups_and_departments(
    client: Client, people: Company, field: str, one: str
) -> None:
    rows = sorted(
        people.rows[field], key=lambda row: (row[f"{one}_name"], row[f"{one}_uuid"].bytes)
    )
    found = await walked(client, listing(field))
    assert found == [str(row[f"{one}_uuid"]) for row in rows]


def calls_of(world: Company, wanted: Callable[[dict[str, Any]], bool]) -> list[str]:
    rows = filter(wanted, world.rows["calls"])
    ordered = sorted(rows, key=lambda row: (row["started_at"], row["call_uuid"].bytes))
    return [str(row["call_uuid"]) for row in ordered]


async def test_calls_of_each_subject_in_both_orders(client: Client, people: Company) -> None:
    extension, group, department = (
        people.rows[table][1] for table in ("extensions", "groups", "departments")
    )
    user = extension["user_uuid"]
    members = {
        row["user_uuid"]
        for row in people.rows["group_members"]
        if row["group_uuid"] == group["group_uuid"]
    }
    cases: dict[str, list[str]] = {
        "domain": calls_of(people, lambda _: True),
        f'user(by: {{uuid: "{user}"}})': calls_of(people, lambda row: row.get("user_uuid") == user),
        f'extension(by: {{uuid: "{extension["extension_uuid"]}"}})': calls_of(
            people, lambda row: row.get("extension_uuid") == extension["extension_uuid"]
        ),
        f'group(uuid: "{group["group_uuid"]}")': calls_of(
            people, lambda row: row.get("user_uuid") in members
        ),
        f'department(uuid: "{department["department_uuid"]}")': calls_of(
            people, lambda row: row.get("user_uuid") in members
        ),
    }
    for subject, ascending in cases.items():
        for order in ("OLDEST_FIRST", "NEWEST_FIRST"):
            arguments = f", period: $period, orderBy: {order}"
            query = listing("calls", arguments)
            inside = query[query.index("calls(") : -1]
            whole = (
                "query ($first: Int!, $after: String, $period: Period)"
                f" {{ {subject} {{ {inside} }} }}"
            )
            expected = ascending if order == "OLDEST_FIRST" else ascending[::-1]
            assert await walked(client, whole, period=TUESDAY_ONLY) == expected, whole
            page = connection(await client.ask(whole, first=0, period=TUESDAY_ONLY))
            assert (page["totalCount"], page["nodes"]) == (len(expected), [])
            assert page["pageInfo"]["hasNextPage"]


async def test_rows_that_come_between_pages_neither_repeat_nor_hide_others(
    client: Client, people: Company, database: TestDatabase
) -> None:
    before = [str(uuid) for uuid in people.uuids("users")]

    async def more(number: int) -> None:
        async with database.owner() as owner:
            for name in (f" {number}", f"u1{number}x", f"zz{number}"):
                await owner.execute(
                    "insert into users (domain_uuid, user_uuid, username)"
                    " values ($1, gen_random_uuid(), $2)",
                    people.domain_uuid,
                    name,
                )

    for direction in ("ASC", "DESC"):
        said = f", orderBy: {{key: USERNAME, direction: {direction}}}"
        added = 0 if direction == "ASC" else 100

        async def between(number: int, added: int = added) -> None:
            if number < 6:
                await more(number + added)

        found = await walked(client, listing("users", said), between)
        assert len(found) == len(set(found))
        assert set(before) <= set(found)


async def test_total_counts_all_matches_not_the_page(client: Client) -> None:
    data = await client.ask(
        """{ users(first: 2) { totalCount nodes { uuid } }
             some: users(first: 0, filter: {hasExtension: false}) { totalCount nodes { uuid } }
             extensions(first: 1) { totalCount } groups(first: 3) { totalCount }
             departments(first: 3) { totalCount } }"""
    )
    assert {name: found["totalCount"] for name, found in data.items()} == {
        "users": 23,
        "some": 8,
        "extensions": 30,
        "groups": 23,
        "departments": 23,
    }
    assert data["some"]["nodes"] == []


async def test_a_pages_size_is_checked(client: Client) -> None:
    for first in (-1, 501, 2**31 - 1):
        error = await client.error("query ($n: Int!) { users(first: $n) { totalCount } }", n=first)
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "first"}
        assert "path" not in error
        assert "from 0 to 500" in error["message"]
    error = await client.error("query ($n: Int!) { users(first: $n) { totalCount } }", n=2**31)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def cursor(*said: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(said)).decode()


UUID_TEXT = "6f1d1ad4-cd4c-4c8f-a4b2-3a6d8c0a1c11"
STRANGE = [
    "x",
    "====",
    "ü",
    cursor("an"),
    cursor(1, UUID_TEXT),
    cursor("an", "no uuid"),
    cursor("a\0", UUID_TEXT),
    cursor("an", UUID_TEXT),
    cursor(["users", "USERNAME", True, "more"], "an", UUID_TEXT),
    cursor("2026-03-10T02:00:00", UUID_TEXT),
    base64.urlsafe_b64encode(b"\xff").decode(),
    "W" * 5000,
]
LISTS = {
    "users": "",
    "users2": "(orderBy: {key: NAME})",
    "users3": "(orderBy: {key: USERNAME, direction: DESC})",
    "extensions": "",
    "groups": "",
    "departments": "",
    "calls": "",
}


def page_of(name: str, after: str | None) -> str:
    field = name.rstrip("23")
    arguments = LISTS[name].strip("()")
    said = ", ".join(filter(None, [arguments, "first: 3", after and f'after: "{after}"']))
    body = "pageInfo { endCursor }"
    if field == "calls":
        period = '{days: {from: "2026-03-10", to: "2026-03-10"}}'
        return f"{{ domain {{ calls(period: {period}, {said}) {{ {body} }} }} }}"
    return f"{{ {field}({said}) {{ {body} }} }}"


async def test_a_cursor_that_is_none_of_the_lists_is_refused(client: Client) -> None:
    for name in LISTS:
        for after in STRANGE:
            (error,) = (await client.post(page_of(name, after))).json()["errors"]
            assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "after"}, after
            assert "pageInfo" in error["message"]


async def test_a_cursor_of_another_list_or_order_is_refused(client: Client) -> None:
    cursors = {}
    for name in LISTS:
        data = await client.ask(page_of(name, None))
        data = data.get("domain", data)
        (page,) = data.values()
        cursors[name] = page["pageInfo"]["endCursor"]
    for name in LISTS:
        for other, after in cursors.items():
            body = (await client.post(page_of(name, after))).json()
            if name == other:
                assert "errors" not in body
            else:
                assert body["errors"][0]["extensions"]["argument"] == "after", (name, other)


SEARCHED = [
    ("a%b", {"a%b"}),
    ("%", {"a%b"}),
    ("_", {"c_d", "ngọc_1"}),
    ("\\", {"e\\f"}),
    ("NGỌC", {"ngọc_1", "NGỌC2"}),
    ("ngọc", {"ngọc_1", "NGỌC2"}),
    ("đỗ", {"do"}),
    ("ĐỖ", {"do"}),
    ("ĐỖ TRẦN ơn", {"do"}),
    ("DO@EXAMPLE", {"do"}),
    ("nobody", set()),
    ("'; drop table users; --", set()),
    ("", {"a%b", "c_d", "e\\f", "ngọc_1", "NGỌC2", "do"}),
]


async def test_a_search_takes_its_text_literally_and_in_any_case(database: TestDatabase) -> None:
    world = Company("search")
    for name in ("a%b", "c_d", "e\\f", "ngọc_1", "NGỌC2"):
        world.user(name)
        world.group(name)
    email = "do@example.test"
    world.user("do", email=email, first_name="Đỗ", middle_name="Trần", last_name="Ơn")
    await stored(database, world)
    query = """query ($text: String!) {
        users(filter: {search: $text}) { totalCount nodes { username } }
        groups(filter: {search: $text}) { totalCount nodes { name } } }"""
    async with client_of(database, world.domain_uuid) as client:
        for text, expected in SEARCHED:
            data = await client.ask(query, text=text)
            found = {user["username"] for user in data["users"]["nodes"]}
            assert found == expected, text
            assert data["users"]["totalCount"] == len(expected)
            if "do" not in expected:
                assert {group["name"] for group in data["groups"]["nodes"]} == expected


async def test_filters_of_people(client: Client, people: Company) -> None:
    group, department = people.uuids("groups")[1], people.uuids("departments")[1]
    query = """query ($filter: UserFilter) { users(filter: $filter, first: 100) {
        totalCount nodes { username level extension { uuid } } } }"""
    one = people.rows["users"][1]["username"]
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"groups": [str(group)]}, {one}),
        ({"departments": [str(department)]}, {one}),
        ({"groups": [str(group), str(people.uuids("groups")[2])]}, {one, "u14"}),
        ({"groups": [str(group)], "departments": [str(department)]}, {one}),
        ({"groups": [str(group)], "departments": [str(people.uuids("departments")[2])]}, set()),
        ({"groups": []}, set()),
        ({"groups": [UUID_TEXT]}, set()),
        ({"groups": [str(group)], "hasExtension": False}, set()),
        ({"groups": [str(group)], "hasExtension": True, "levels": ["AGENT"]}, {one}),
        ({"levels": ["LEADER"]}, set()),
    ]
    for said, expected in cases:
        found = (await client.ask(query, filter=said))["users"]
        assert {user["username"] for user in found["nodes"]} == expected, said
        assert found["totalCount"] == len(expected)
    everything = {"groups": None, "departments": None, "levels": None, "search": None}
    found = (await client.ask(query, filter={**everything, "hasExtension": None}))["users"]
    assert found["totalCount"] == len(found["nodes"]) == 23


async def test_statistics_of_a_filter_are_those_of_all_its_matches(
    client: Client, people: Company
) -> None:
    query = """query ($filter: UserFilter, $period: Period) { users(filter: $filter, first: 3) {
        totalCount callStats(period: $period) { totalCall }
        nodes { callStats(period: $period) { totalCall } } } }"""
    found = (await client.ask(query, filter={"hasExtension": True}, period=TUESDAY_ONLY))["users"]
    assert found["callStats"]["totalCall"] == found["totalCount"] == 15
    assert len(found["nodes"]) == 3


async def test_the_largest_page_is_a_setting(database: TestDatabase) -> None:
    world = crowd()
    await stored(database, world)
    async with client_of(database, world.domain_uuid, NOW, max_page=7) as client:
        assert (
            len((await client.ask("{ users(first: 7) { nodes { uuid } } }"))["users"]["nodes"]) == 7
        )
        error = await client.error("{ users(first: 8) { nodes { uuid } } }")
        assert "from 0 to 7" in error["message"]
