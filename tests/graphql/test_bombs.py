"""Requests made to hurt, sent to the program itself while somebody asks a cheap question."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.conftest import Server
from tests.graphql.served import Served, served
from tests.graphql.test_limits import BOMBS

CHEAP = {"query": "{ domain { name } }"}
AT_ONCE = 4
TRIES = 3
# What the bomb and the cheap question may take, in seconds.
MOST, CHEAP_MOST = 1.0, 0.25


def spread(count: int, fragment: str) -> str:
    """A root with that many fragments; `N` in the fragment is its number."""
    roots = " ".join(f"...F{n}" for n in range(count))
    return " ".join([f"{{ {roots} }}", *(fragment.replace("N", str(n)) for n in range(count))])


MERGES = {
    "leafs of one name": "{ users { nodes {" + " uuid" * 950 + " } } }",
    "lists of one name": "{ domain {" + " users { nodes { uuid } }" * 280 + " } }",
    "deep ones of one name": "{"
    + " domain { users { nodes { groups { users { groups { name } } } } } }" * 120
    + " }",
    "with arguments": "{ domain {"
    + " callStats(period: {preset: TODAY}, filter: {direction: [INBOUND]}) { totalCall }" * 85
    + " }",
    "many operations": " ".join(f"query Q{n} {{ ...F }}" for n in range(200))
    + " fragment F on Query { domain { ...G } } fragment G on Domain {"
    + " name" * 400
    + " }",
    "nothing there": "{" + " nothing" * 1900 + " }",
    "variables": "query (" + " ".join(f"$v{n}: Int" for n in range(480)) + ") { __typename }",
    "aliases": "{" + " ".join(f"a{n}: __typename" for n in range(600)) + " }",
    "deep": "{ domain {" + " users { nodes {" * 900 + " } }" * 900 + " } }",
    "3,000 deep": "{ a " * 3000 + "}" * 3000,
    "directives that are not": "{ __typename" + " @a" * 900 + " }",
    "a long comment": "#" + "x" * 900_000 + "\n{ __typename }",
    "a long string": '{ user(by: {username: "' + "x" * 900_000 + '"}) { uuid } }',
    "comments": "#\n" * 400_000 + "{ __typename }",
}


def bodies() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    for name, text in {**BOMBS, **MERGES}.items():
        yield name, json.dumps({"query": text}).encode(), {}
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        deep = opened * 3000 + "1" + closed * 3000
        yield f"{opened} 3,000 times", deep.encode(), {}
        variables = f'{{"query": "query ($a: ID!) {{ node(id: $a) {{ id }} }}", "variables": {{"a": {deep}}}}}'  # noqa: E501
        yield f"a variable of {opened} 3,000 times", variables.encode(), {}
    wrong = json.dumps(
        {
            "query": "query ($g: [UUID!]) { users(filter: {groups: $g}) { totalCount } }",
            "variables": {"g": ["x"] * 200_000},
        }
    )
    yield "200,000 wrong values", wrong.encode(), {}
    yield "keys", json.dumps({str(n): n for n in range(80_000)}).encode(), {}
    packed = gzip.compress(b" " * 50_000_000)
    yield "50 MB, packed", packed, {"content-encoding": "gzip"}
    yield "too large", b"x" * 1_000_001, {}


BODIES = {name: (body, headers) for name, body, headers in bodies()}


@pytest.fixture(scope="module")
def program(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(server, tmp_path_factory.mktemp("bombs")) as found:
        yield found


@asynccontextmanager
async def somebody_asking(program: Served) -> AsyncIterator[list[float]]:
    """Asks the cheap question again and again; how long each answer took."""
    found: list[float] = []
    done = asyncio.Event()

    async def ask() -> None:
        async with httpx.AsyncClient(base_url=program.address, headers=program.headers) as http:
            await http.post("/graphql", json=CHEAP)
            while not done.is_set():
                started = time.perf_counter()
                response = await http.post("/graphql", json=CHEAP)
                found.append(time.perf_counter() - started)
                assert response.json() == {"data": {"domain": {"name": "example"}}}
                await asyncio.sleep(0.005)

    asking = asyncio.create_task(ask())
    yield found
    done.set()
    await asking


async def timed(http: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> float:
    started = time.perf_counter()
    response = await http.post("/graphql", content=body, headers=headers)
    took = time.perf_counter() - started
    assert response.status_code < 500, response.text
    assert "errors" in response.json() or response.json() == {"data": {"__typename": "Query"}}
    assert len(response.content) < 100_000
    return took


async def hurt(program: Served, body: bytes, headers: dict[str, str]) -> tuple[float, float]:
    """How long the bomb takes, and the slowest of the cheap answers meanwhile."""
    given = {**program.headers, "content-type": "application/json", **headers}
    async with (
        httpx.AsyncClient(base_url=program.address, timeout=30) as http,
        somebody_asking(program) as cheap,
    ):
        alone = await timed(http, body, given)
        await asyncio.gather(*(timed(http, body, given) for _ in range(AT_ONCE)))
        await asyncio.sleep(0.1)
    return alone, max(cheap)


@pytest.mark.parametrize("name", BODIES)
async def test_a_bomb_hurts_nobody(program: Served, name: str) -> None:
    # A machine that does something else too may be slow once, but not time and again.
    for _ in range(TRIES):
        alone, cheap = await hurt(program, *BODIES[name])
        if alone < MOST and cheap < CHEAP_MOST:
            return
    pytest.fail(f"it took {alone:.3f} s, and a cheap question {cheap:.3f} s")
