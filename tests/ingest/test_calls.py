"""What becomes of calls that are imported."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from gateway.errors import ImportRefusedError
from gateway.ingest import chunks
from gateway.ingest.imports import import_calls
from gateway.ingest.records import CallRecord, Reject
from gateway.ingest.rows import derived_uuid
from tests.ingest.office import HANOI, NOW, START, Office, call, key, outcome, reasons

SIX_MONTHS = timedelta(days=180)


async def test_the_same_calls_again_change_nothing(office: Office) -> None:
    calls = [call(1), call(2, extension="103"), call(3, extension="999"), call(4, extension=None)]
    assert outcome(await office.calls(*calls)) == (4, 0, 0, 0, 0)
    before = await office.all()
    assert outcome(await office.calls(*calls)) == (0, 0, 4, 0, 0)
    assert await office.all() == before


async def test_the_version_grows_by_one_with_each_chunk_that_changed_something(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 2)
    before = await office.version()
    await office.calls(call(1), call(2), call(3))
    assert await office.version() == before + 2
    await office.calls(call(1), call(2), call(3, billsec=1))
    assert await office.version() == before + 3


@pytest.mark.parametrize(
    ("credit", "extension", "number", "user"),
    [
        ({"extension": "101"}, "101", "101", "an"),
        ({"extension": "103"}, "103", "103", None),
        ({"extension": "999"}, None, "999", None),
        ({"extension": None}, None, "", None),
        ({"extension": "101", "user_uuid": key("chi")}, "101", "101", "chi"),
        ({"extension": None, "user_uuid": key("chi")}, None, "", "chi"),
        ({"extension": None, "username": "chi"}, "104", "104", "chi"),
        ({"extension": None, "extension_uuid": key("102")}, "102", "102", "binh"),
    ],
)
async def test_a_call_is_credited(
    office: Office,
    credit: dict[str, Any],
    extension: str | None,
    number: str,
    user: str | None,
) -> None:
    await office.calls(call(1, **credit))
    stored = await office.stored_call(1)
    assert stored["extension_uuid"] == (extension and key(extension))
    assert stored["extension"] == number
    assert stored["user_uuid"] == (user and key(user))


async def test_a_username_without_a_number_is_credited_to_the_user_alone(office: Office) -> None:
    users = [*office.document()["users"], {"user_uuid": str(key("dung")), "username": "dung"}]
    await office.directory(office.document(users=users))
    await office.calls(call(1, extension=None, username="dung"))
    stored = await office.stored_call(1)
    assert (stored["extension_uuid"], stored["extension"]) == (None, "")
    assert stored["user_uuid"] == key("dung")


async def test_who_is_not_in_the_directory_is_rejected_and_the_rest_imported(
    office: Office,
) -> None:
    stranger = uuid4()
    found: list[Reject] = []
    counts = await office.calls(
        call(1, extension=None, username="nobody"),
        call(2),
        call(3, user_uuid=stranger),
        call(4, extension=None, extension_uuid=stranger),
        call(5, hangup_cause="a\0b"),
        call(6, started_at=datetime(1, 1, 1, tzinfo=UTC)),
        on_reject=found.append,
    )
    assert outcome(counts) == (1, 0, 0, 0, 5)
    assert reasons(found) == [
        (1, 'no user "nobody" in the directory of this domain'),
        (3, f"no user {stranger} in the directory of this domain"),
        (4, f"no extension {stranger} in the directory of this domain"),
        (5, "a text holds the character U+0000, which cannot be stored"),
        (
            6,
            "started_at (0001-01-01T00:00:00+00:00) must lie between 1900-01-01 and 2200-01-01",
        ),
    ]
    assert '"username":"nobody"' in found[0].text


async def test_an_edit_moves_a_call(office: Office) -> None:
    await office.calls(call(1))
    later = START + timedelta(days=3)
    edit = call(1, started_at=later, extension="102", status="busy", billsec=0)
    assert outcome(await office.calls(edit)) == (0, 1, 0, 0, 0)
    stored = await office.stored_call(1)
    assert (stored["started_at"], stored["status"], stored["waitsec"]) == (later, "busy", 20)
    assert (stored["extension_uuid"], stored["user_uuid"]) == (key("102"), key("binh"))
    named = call(
        1, started_at=later, extension="102", status="busy", billsec=0, user_uuid=key("an")
    )
    assert outcome(await office.calls(named)) == (0, 1, 0, 0, 0)
    assert (await office.stored_call(1))["user_uuid"] == key("an")


async def test_deletions(office: Office) -> None:
    await office.calls(call(1), call(2))
    gone = CallRecord(call_uuid=key(1), deleted=True)
    version = await office.version()
    assert outcome(await office.calls(gone)) == (0, 0, 0, 1, 0)
    assert set(await office.stored_calls()) == {key(2)}
    assert await office.version() == version + 1
    assert outcome(await office.calls(gone)) == (0, 0, 1, 0, 0)
    assert await office.version() == version + 1


async def test_of_a_call_repeated_in_a_chunk_the_last_good_record_counts(office: Office) -> None:
    counts = await office.calls(
        call(1, duration=1, billsec=0),
        call(1, duration=2, billsec=0),
        call(1, extension=None, username="nobody"),
        call(2),
        CallRecord(call_uuid=key(2), deleted=True),
        CallRecord(call_uuid=key(3), deleted=True),
        call(3),
    )
    assert outcome(counts) == (2, 0, 4, 0, 1)
    stored = await office.stored_calls()
    assert set(stored) == {key(1), key(3)}
    assert stored[key(1)]["duration"] == 2


async def test_a_call_without_a_uuid_is_known_by_its_source(office: Office) -> None:
    record = call(1, call_uuid=None, source="pbx", source_key="77")
    await office.calls(record)
    assert outcome(await office.calls(record)) == (0, 0, 1, 0, 0)
    other = call(1, call_uuid=None, source="pbx7", source_key="7")
    assert outcome(await office.calls(other)) == (1, 0, 0, 0, 0)
    assert derived_uuid(office.domain_uuid, "pbx", "77") in await office.stored_calls()


async def test_a_number_is_whose_it_was_when_the_call_started(office: Office) -> None:
    sold = NOW - SIX_MONTHS
    extensions = [
        {
            "extension_uuid": str(key("old 101")),
            "extension": "101",
            "user_uuid": str(key("chi")),
            "removed_at": sold.isoformat(),
        },
        {
            "extension_uuid": str(key("older 101")),
            "extension": "101",
            "removed_at": (sold - SIX_MONTHS).isoformat(),
        },
    ]
    await office.directory(office.document(extensions=extensions))
    await office.calls(
        call("now", started_at=NOW),
        call("edge", started_at=sold),
        call("old", started_at=sold - timedelta(microseconds=1)),
        call("older", started_at=sold - 2 * SIX_MONTHS),
    )
    stored = await office.stored_calls()
    credited = {name: stored[key(name)] for name in ("now", "edge", "old", "older")}
    assert {name: row["extension_uuid"] for name, row in credited.items()} == {
        "now": key("101"),
        "edge": key("101"),
        "old": key("old 101"),
        "older": key("older 101"),
    }
    assert credited["old"]["user_uuid"] == key("chi")


async def test_who_had_the_number_first_keeps_the_call(office: Office) -> None:
    await office.calls(call(1), call(2, extension=None, username="an"))
    document = office.document()
    document["extensions"][0]["user_uuid"] = str(key("binh"))
    await office.directory(document)
    same = [call(1), call(2, extension=None, username="an")]
    assert outcome(await office.calls(*same)) == (0, 0, 2, 0, 0)
    await office.calls(call(1, hangup_cause="EDITED"), call(3))
    stored = await office.stored_calls()
    assert stored[key(1)]["user_uuid"] == key("an")
    assert stored[key(3)]["user_uuid"] == key("binh")
    await office.calls(call(1, extension="102"))
    await office.calls(call(1, extension="101"))
    assert (await office.stored_call(1))["user_uuid"] == key("binh")


async def test_a_number_that_is_renamed_does_not_take_the_stored_calls_along(
    office: Office,
) -> None:
    by_uuid = call(2, extension=None, extension_uuid=key("101"))
    await office.calls(call(1), by_uuid)
    document = office.document()
    document["extensions"][0]["extension"] = "111"
    await office.directory(document)
    assert outcome(await office.calls(call(1), by_uuid)) == (0, 0, 2, 0, 0)
    assert (await office.stored_call(1))["extension_uuid"] == key("101")


async def test_an_unknown_number_is_attached_when_the_directory_learns_it(office: Office) -> None:
    calls = [
        call(1, extension="500"),
        call(2, extension="500", user_uuid=key("an")),
        call(3, extension="501"),
    ]
    await office.calls(*calls)
    version = await office.version()
    new = [
        {
            "extension_uuid": str(key("500")),
            "extension": "500",
            "user_uuid": str(key("chi")),
        }
    ]
    await office.directory(office.document(extensions=new))
    stored = await office.stored_calls()
    assert stored[key(1)]["extension_uuid"] == stored[key(2)]["extension_uuid"] == key("500")
    assert stored[key(1)]["user_uuid"] == key("chi")
    assert stored[key(2)]["user_uuid"] == key("an")
    assert stored[key(3)]["extension_uuid"] is None
    assert await office.version() > version
    assert outcome(await office.calls(*calls)) == (0, 0, 3, 0, 0)


@pytest.mark.parametrize(
    ("time_zone", "local", "instant"),
    [
        # Clocks went back: 01:30 came twice, the earlier counts.
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00+00:00"),
        # Clocks went forward over 02:30: the instant of the jump.
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00+00:00"),
        (HANOI, "2026-03-08T02:30", "2026-03-07T19:30:00+00:00"),
    ],
)
async def test_a_time_without_offset_is_the_domains(
    office: Office, time_zone: str, local: str, instant: str
) -> None:
    document = office.document()
    document["domain"]["time_zone"] = time_zone
    await office.directory(document)
    await office.calls(call(1, started_at=datetime.fromisoformat(local)))
    assert (await office.stored_call(1))["started_at"] == datetime.fromisoformat(instant)


async def test_calls_from_before_what_is_kept_are_rejected(office: Office) -> None:
    midnight = datetime(2026, 3, 1, 17, tzinfo=UTC)
    async with office.place.owner() as owner:
        await owner.execute(
            "update domains set raw_since = $2 where domain_uuid = $1",
            office.domain_uuid,
            midnight,
        )
    found: list[Reject] = []
    counts = await office.calls(
        call(1, started_at=midnight - timedelta(seconds=1)),
        call(2, started_at=midnight),
        on_reject=found.append,
    )
    assert outcome(counts) == (1, 0, 0, 0, 1)
    assert "is before 2026-03-01T17:00:00+00:00" in found[0].reason


async def test_a_dry_run_tells_the_same_and_writes_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 2)
    await office.calls(call(1), call(2))
    calls = [
        call(1, billsec=1),
        call(3),
        call(3, billsec=2),
        CallRecord(call_uuid=key(2), deleted=True),
        call(1, billsec=3),
        call(4, extension=None, username="nobody"),
    ]
    before = [*await office.all(), await office.rows("import_batches")]
    tried = await office.calls(*calls, dry_run=True)
    assert [*await office.all(), await office.rows("import_batches")] == before
    done = await office.calls(*calls)
    assert outcome(tried) == outcome(done) == (1, 3, 0, 1, 1)
    assert tried.batch_uuid is None


async def test_every_import_leaves_a_batch(office: Office) -> None:
    counts = await office.calls(call(1), call(2, extension=None, username="nobody"))
    await office.calls()
    async with office.place.owner() as owner:
        rows = await owner.fetch(
            "select * from import_batches where domain_uuid = $1 and kind = 'calls'"
            " order by read_count",
            office.domain_uuid,
        )
    assert [row["read_count"] for row in rows] == [0, 2]
    assert all(row["finished_at"] >= row["started_at"] == NOW for row in rows)
    assert (rows[1]["batch_uuid"], rows[1]["source"]) == (counts.batch_uuid, "test")
    assert (rows[1]["new_count"], rows[1]["rejected_count"]) == (1, 1)


async def test_too_many_errors_end_the_import_and_keep_what_is_committed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 2)
    wrong = Reject(7, "it is wrong", "text")
    with pytest.raises(ImportRefusedError, match="3 records are rejected"):
        await office.calls(call(1), wrong, wrong, call(2), wrong, call(3), max_errors=2)
    assert set(await office.stored_calls()) == {key(1), key(2)}
    assert outcome(await office.calls(wrong, wrong, call(3), max_errors=2)) == (1, 0, 0, 0, 2)


async def test_tenants_do_not_touch_each_other(office: Office, neighbour: Office) -> None:
    """Every uuid, name and number is the same in both domains."""
    await office.calls(call(1), call(2))
    counts = await neighbour.calls(call(1, duration=99, extension="104"))
    before = await office.all()
    assert outcome(counts) == (1, 0, 0, 0, 0)
    await neighbour.calls(CallRecord(call_uuid=key(2), deleted=True))
    await neighbour.undo(counts)
    await neighbour.directory(
        neighbour.document(users=[], extensions=[], group_members=[]), prune=True
    )
    assert await office.all() == before


async def test_what_is_another_domains_is_unknown(office: Office, neighbour: Office) -> None:
    theirs = uuid4()
    users = [{"user_uuid": str(theirs), "username": "theirs"}]
    extensions = [{"extension_uuid": str(theirs), "extension": "777"}]
    await neighbour.directory(neighbour.document(users=users, extensions=extensions))
    counts = await office.calls(
        call(1, user_uuid=theirs),
        call(2, extension=None, extension_uuid=theirs),
        call(3, extension=None, username="theirs"),
        call(4, extension="777"),
    )
    assert outcome(counts) == (1, 0, 0, 0, 3)
    assert (await office.stored_call(4))["extension_uuid"] is None


async def test_there_must_be_a_domain(office: Office) -> None:
    with pytest.raises(ImportRefusedError, match="import its directory"):
        await import_calls(office.database, uuid4(), [call(1)], "test", NOW)
