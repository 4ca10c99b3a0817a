"""What another tenant's ids, uuids and cursors show: nothing, whoever asks and of whatever type."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.graphql.conftest import Client
from tests.walls.conftest import Place
from tests.walls.firm import ASKERS, DAY, Firm, firm
from tests.walls.test_matrix import LOOK_UPS, identity

FILTERS = """query ($uuids: [UUID!], $p: Period) {
  users(filter: {groups: $uuids}) { totalCount nodes { id } callStats(period: $p) { totalCall } }
  inDepartments: users(filter: {departments: $uuids}) { totalCount nodes { id } }
  groups(filter: {kind: null, departments: $uuids}) { totalCount nodes { id } } }"""
NOTHING = {
    "users": {"totalCount": 0, "nodes": [], "callStats": {"totalCall": 0}},
    "inDepartments": {"totalCount": 0, "nodes": []},
    "groups": {"totalCount": 0, "nodes": []},
}
PAGE = "(first: 500, after: $after%s) { edges { cursor node { id } } }"
LISTS = {
    "users by name": f"users{PAGE % ''}",
    "users by extension": f"users{PAGE % ', orderBy: {key: EXTENSION, direction: DESC}'}",
    "extensions": f"extensions{PAGE % ''}",
    "groups": f"groups{PAGE % ', filter: null'}",
    "departments": f"departments{PAGE % ''}",
    "calls": f"domain {{ calls{PAGE % ', period: $p'} }}",
    "calls, oldest": f"domain {{ calls{PAGE % ', period: $p, orderBy: OLDEST_FIRST'} }}",
    "calls of an extension": f'extension(by: {{extension: "1001"}}) {{ calls{PAGE % ", period: $p"}'
    " }",
    "calls of a user": f'user(by: {{username: "an"}}) {{ calls{PAGE % ", period: $p"} }}',
}


@pytest.fixture
async def theirs(place: Place) -> Firm:
    """A firm that differs from ours in its name and uuids only."""
    found = firm("theirs")
    await place.store(found)
    return found


@pytest.mark.parametrize("name", ["superadmin", "admin", "mai", "lan", "an"])
async def test_their_keys_are_keys_of_nothing(
    place: Place, ours: Firm, theirs: Firm, name: str
) -> None:
    client = await place.client(ours, name)
    for typename, uuids in theirs.uuids().items():
        for uuid in uuids:
            data = await client.ask(LOOK_UPS, uuid=str(uuid), id=identity(typename, uuid), p=DAY)
            assert {*data.values()} == {None}, (typename, uuid)
        texts = [str(uuid) for uuid in uuids]
        assert await client.ask(FILTERS, uuids=texts, p=DAY) == NOTHING, typename


async def edges(client: Client, asked: str, after: str | None) -> Any:
    """The page's edges, or the code of the error."""
    variables = "$after: String" + (", $p: Period" if "$p" in asked else "")
    answer = await client.post(f"query ({variables}) {{ {asked} }}", after=after, p=DAY)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    if "errors" in body:
        return [error["extensions"]["code"] for error in body["errors"]]
    return next(found(body["data"]))


def found(data: Any) -> Iterator[list[dict[str, Any]]]:
    for key, value in (data or {}).items():
        if key == "edges":
            yield value
        else:
            yield from found(value)


@pytest.mark.parametrize("name", ["admin", "lan", "an"])
async def test_their_cursors_show_ours_or_nothing(
    place: Place, ours: Firm, theirs: Firm, name: str
) -> None:
    """A cursor is a place in an order, not a thing: it can only cut a list of our own."""
    client, admin = await place.client(ours, name), await place.client(theirs, "admin")
    foreign = {str(uuid) for uuids in theirs.uuids().values() for uuid in uuids}
    for kind, asked in LISTS.items():
        own = {edge["node"]["id"] for edge in await edges(client, asked, None)}
        cursors = [edge["cursor"] for edge in await edges(admin, asked, None)]
        assert cursors
        for cursor in cursors:
            page = await edges(client, asked, cursor)
            assert {edge["node"]["id"] for edge in page} <= own, kind
            assert not foreign & {uuid_of(edge["node"]["id"]) for edge in page}
    (code,) = await edges(client, LISTS["groups"], cursors[0])
    assert code == "BAD_USER_INPUT"


def uuid_of(ident: str) -> str:
    found = re.fullmatch("[A-Z][a-z]+([0-9a-f]{32})", ident)
    assert found
    return str(UUID(found[1]))


async def test_their_tokens_open_nothing_of_ours(place: Place, ours: Firm, theirs: Firm) -> None:
    """The token's text names its domain; with another's uuid in it, it is unknown."""
    for name in ASKERS:
        token = await place.token(theirs, name)
        forged = token.replace(theirs.domain_uuid.hex, ours.domain_uuid.hex)
        answer = await place.http.post(
            "/graphql",
            json={"query": "{ domain { name } }"},
            headers={"authorization": f"Bearer {forged}"},
        )
        assert answer.status_code == 401
        assert "theirs" not in answer.text
