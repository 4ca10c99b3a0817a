"""What a directory document does to a domain."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gateway.errors import ImportRefusedError
from gateway.ingest import documents
from tests.ingest.office import NOW, Office, call, document, key, outcome

LATER = NOW + timedelta(days=1)


def user(name: str, username: str, **changes: Any) -> dict[str, Any]:
    return {"user_uuid": str(key(name)), "username": username, **changes}


def extension(name: str, number: str, owner: str | None = None, **changes: Any) -> dict[str, Any]:
    uuid = str(key(name))
    return {
        "extension_uuid": uuid,
        "extension": number,
        "user_uuid": owner and str(key(owner)),
        **changes,
    }


async def living(office: Office, table: str, column: str) -> dict[str, Any]:
    rows = await office.rows(table)
    uuid = f"{table.removesuffix('s')}_uuid"
    return {row[column]: row[uuid] for row in rows if row["removed_at"] is None}


async def test_the_same_document_again_changes_nothing(office: Office) -> None:
    before = await office.all()
    assert outcome(await office.directory(now=LATER)) == (0, 0, 13, 0, 0)
    assert outcome(await office.directory(now=LATER, prune=True)) == (0, 0, 13, 0, 0)
    assert await office.all() == before


async def test_a_first_document_makes_the_domain_and_all_in_it(office: Office) -> None:
    fresh = Office(office.place, office.database, "fresh")
    assert outcome(await fresh.directory()) == (13, 0, 0, 0, 0)
    assert await fresh.version() == 1
    assert await fresh.database.domain_named("fresh") == fresh.domain_uuid
    assert set(await living(fresh, "users", "username")) == {"an", "binh", "chi"}
    assert set(await living(fresh, "extensions", "extension")) == {
        "101", "102", "103", "104", "201",
    }  # fmt: skip


async def test_a_dry_run_of_a_new_domain_leaves_none(office: Office) -> None:
    fresh = Office(office.place, office.database, "fresh")
    tried = await fresh.directory(dry_run=True)
    assert (outcome(tried), tried.batch_uuid) == ((13, 0, 0, 0, 0), None)
    assert await fresh.database.domain_named("fresh") is None
    assert not await fresh.rows("import_batches")


async def test_what_a_document_does_not_list_stays_unless_pruned(office: Office) -> None:
    await office.calls(call(1))
    less = office.document(
        users=[user("an", "an")],
        extensions=[extension("101", "101", "an")],
        group_members=[],
        groups=[],
        departments=[],
    )
    before = await office.all()
    assert outcome(await office.directory(less, now=LATER)) == (0, 0, 3, 0, 0)
    assert await office.all() == before
    counts = await office.directory(less, now=LATER, prune=True)
    # Two users, four extensions, an's membership, the group and the department.
    assert counts.figures == (3, 0, 0, 3, 9, 0)
    assert set(await living(office, "users", "username")) == {"an"}
    assert set(await living(office, "extensions", "extension")) == {"101"}
    removed = [row for row in await office.rows("users") if row["removed_at"]]
    assert [row["removed_at"] for row in removed] == [LATER, LATER]
    assert not await office.rows("groups")
    assert not await office.rows("departments")
    again = await office.all()
    assert outcome(await office.directory(less, now=LATER, prune=True)) == (0, 0, 3, 0, 0)
    assert await office.all() == again


async def test_pruning_keeps_the_memberships_of_removed_users(office: Office) -> None:
    users = [user("an", "an"), user("chi", "chi")]
    extensions = [extension("101", "101", "an")]
    less = office.document(users=users, extensions=extensions, group_members=[])
    await office.directory(less, prune=True)
    members = [row["user_uuid"] for row in await office.rows("group_members")]
    assert members == [key("binh")]
    del less["group_members"]
    await office.directory(less, prune=True)
    assert [row["user_uuid"] for row in await office.rows("group_members")] == [key("binh")]


async def test_a_list_that_is_missing_is_not_pruned(office: Office) -> None:
    lists = {"departments", "groups", "users", "extensions", "group_members", "queues"}
    bare = {name: part for name, part in office.document().items() if name not in lists}
    before = await office.all()
    assert outcome(await office.directory(bare, prune=True)) == (0, 0, 1, 0, 0)
    assert await office.all() == before


async def test_who_is_listed_again_comes_back(office: Office) -> None:
    await office.directory(
        office.document(users=[], extensions=[], group_members=[]), now=LATER, prune=True
    )
    assert not await living(office, "users", "username")
    await office.directory()
    assert await living(office, "users", "username") == {
        name: key(name) for name in ("an", "binh", "chi")
    }
    assert (await living(office, "extensions", "extension"))["101"] == key("101")


async def test_names_and_numbers_move_within_one_document(office: Office) -> None:
    document = office.document(
        users=[user("an", "binh"), user("binh", "chi"), user("chi", "an"), user("new", "new")],
        extensions=[
            extension("101", "102", "an"),
            extension("102", "101", "binh"),
            extension("103", "500"),
            extension("new 103", "103", "new"),
        ],
    )
    await office.directory(document)
    assert await living(office, "users", "username") == {
        "binh": key("an"), "chi": key("binh"), "an": key("chi"), "new": key("new"),
    }  # fmt: skip
    numbers = await living(office, "extensions", "extension")
    assert (numbers["101"], numbers["102"]) == (key("102"), key("101"))
    assert (numbers["103"], numbers["500"]) == (key("new 103"), key("103"))


async def test_a_name_moves_to_whoever_takes_over_from_a_removed_user(office: Office) -> None:
    users = [user("new", "an"), user("an", "an", removed_at="2026-05-01T00:00:00+07:00")]
    await office.directory(office.document(users=users))
    assert (await living(office, "users", "username"))["an"] == key("new")
    pruned = [user("newest", "an"), user("binh", "binh"), user("chi", "chi")]
    extensions = [row for row in office.document()["extensions"] if row["extension"] != "101"]
    members = office.document()["group_members"][1:]
    await office.directory(
        office.document(users=pruned, extensions=extensions, group_members=members), prune=True
    )
    assert (await living(office, "users", "username"))["an"] == key("newest")


async def test_a_domain_gets_another_name_and_zone(office: Office) -> None:
    document = office.document()
    document["domain"] |= {"domain_name": "renamed", "time_zone": "Asia/Kolkata"}
    assert outcome(await office.directory(document)) == (0, 1, 12, 0, 0)
    assert await office.database.domain_named("renamed") == office.domain_uuid
    assert await office.database.domain_named("office") is None
    (row,) = await office.rows("domains")
    assert (row["domain_name"], row["time_zone"]) == ("renamed", "Asia/Kolkata")
    assert row["data_version"] == 2


async def test_the_name_of_another_domain_is_refused(office: Office, neighbour: Office) -> None:
    document = neighbour.document()
    document["domain"]["domain_name"] = "office"
    before = await neighbour.all()
    with pytest.raises(ImportRefusedError, match='another domain has the name "office"'):
        await neighbour.directory(document)
    assert await neighbour.all() == before


@pytest.mark.parametrize(
    ("add_date", "added_at"),
    [
        ("2022-12-26 16:31:09", datetime(2022, 12, 26, 9, 31, 9, tzinfo=UTC)),
        ("2022-11-24 12:29:24.000000+0700", datetime(2022, 11, 24, 5, 29, 24, tzinfo=UTC)),
        ("2022-11-24T12:29:24Z", datetime(2022, 11, 24, 12, 29, 24, tzinfo=UTC)),
        ("yesterday", None),
        ("1672043469", None),
        ("0001-01-01 00:00:00", None),
        ("", None),
    ],
)
async def test_the_phone_systems_date_is_kept_and_read(
    office: Office, add_date: str, added_at: datetime | None
) -> None:
    await office.directory(office.document(users=[user("an", "an", add_date=add_date)]))
    (row,) = [row for row in await office.rows("users") if row["username"] == "an"]
    assert (row["add_date"], row["added_at"]) == (add_date, added_at)


async def test_all_that_does_not_fit_together_is_told_at_once(office: Office) -> None:
    stranger = key("stranger")
    document = office.document(
        groups=[
            {"group_uuid": str(key("ops")), "group_name": "x", "department_uuid": str(stranger)}
        ],
        users=[
            user("an", "an"),
            user("an", "anna"),
            user("dung", "binh"),
            user("e", "f\0"),
            user("g", "same"),
            user("h", "same"),
        ],
        extensions=[extension("900", "101"), extension("901", "901", "stranger")],
        group_members=[{"group_uuid": str(stranger), "user_uuid": str(stranger)}],
    )
    before = await office.all()
    with pytest.raises(ImportRefusedError) as raised:
        await office.directory(document)
    assert raised.value.message.splitlines() == [
        "users[3].username: it holds the character U+0000, which cannot be stored",
        "users[1]: it has the same user_uuid as users[0]",
        'users[2].username: "binh" is also the name of one that the document does not list',
        'users[5].username: "same" is also the name of users[4]',
        'extensions[0].extension: "101" is also the name of one that the document does not list',
        f"groups[0].department_uuid: the department {stranger} does not exist",
        f"extensions[1].user_uuid: the user {stranger} does not exist",
        f"group_members[0].group_uuid: the group {stranger} does not exist",
        f"group_members[0].user_uuid: the user {stranger} does not exist",
    ]
    assert await office.all() == before


async def test_pruning_does_not_leave_anything_hanging(office: Office) -> None:
    with pytest.raises(ImportRefusedError) as raised:
        await office.directory(office.document(users=[]), prune=True)
    assert "is not listed and would be removed" in raised.value.message
    document = office.document(departments=[])
    del document["groups"]
    with pytest.raises(ImportRefusedError, match='the group "Sales" belongs to it'):
        await office.directory(document, prune=True)


def test_all_that_is_wrong_with_a_document_is_told_at_once() -> None:
    text = document(key("d"), "d")
    text["domain"]["time_zone"] = "Asia/Hanoi"
    text["users"][0] |= {"level": "boss", "usrname": "x"}
    text["users"][1] = "binh"
    del text["users"][2]["username"]
    text["groups"][0]["group_weight"] = 1.5
    text["extensions"][0]["removed_at"] = "soon"
    text["extensions"][1] |= {"extension": "", "user_uuid": "binh"}
    text["queues"] = {}
    text["teams"] = []
    with pytest.raises(ImportRefusedError) as raised:
        documents.directory(msgspec.json.encode(text))
    assert [re.sub(r" such as .*", " ...", line) for line in raised.value.message.splitlines()] == [
        '"teams" is not known here',
        'domain.time_zone: "Asia/Hanoi" is no time zone: write an IANA name ...',
        "groups[0].group_weight: 1.5 is not a whole number",
        'users[0]."usrname" is not known here: username is meant?',
        'users[0].level: "boss" is not one of "", agent, leader, manager, admin, superadmin',
        'users[1]: "binh" is not an object',
        "users[2].username is missing",
        'extensions[0].removed_at: "soon" is not a time ...',
        'extensions[1].extension: "" is not a text of 1 to 255 characters',
        'extensions[1].user_uuid: "binh" is not a uuid ...',
        "queues: {} is not a list",
    ]


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b'{"domain": 5}', b"[" * 100_000])
def test_what_is_no_document_is_refused(text: bytes) -> None:
    with pytest.raises(ImportRefusedError):
        documents.directory(text)
