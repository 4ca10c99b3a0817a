"""A small day of a FusionPBX, with what it must come to counted by hand."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import pytest

from gateway.errors import ConfigurationError, ImportRefusedError
from gateway.ingest.fusionpbx import indexed
from gateway.ingest.records import Reject
from gateway.period import start_of, zone
from gateway.settings import Settings
from gateway.store import source, statements
from tests.ingest.office import HANOI, NOW, Office, key
from tests.ingest.pbx import NINE, READER, TRUNK, Pbx, importing


async def small_day(pbx: Pbx) -> None:
    """Thirteen calls in twenty legs; seconds from nine o'clock."""
    at = NINE
    inside: dict[str, Any] = {
        "direction": "local",
        "context": "hanoi.example",
        "caller_destination": None,
    }
    out: dict[str, Any] = {**inside, "direction": "outbound"}
    ring: dict[str, Any] = {
        "last_app": "bridge",
        "last_arg": "user/101@hanoi.example,user/102@hanoi.example",
    }
    # 1: a ring group, one phone answers; as 2 after an IVR.
    await pbx.leg(
        key(1), at, at + 72, at + 12, extension_uuid=key("102"), bridge_uuid=str(uuid4()), **ring
    )
    # 2: an enterprise ring group: each phone's leg is a row. The second answers.
    await pbx.leg(key(2), at + 100, at + 200, at + 102, bridge_uuid=str(key("2b")), **ring)
    for name, number, end, answer, cause in (
        ("2a", "101", 110, 0, "LOSE_RACE"),
        ("2b", "102", 200, 110, "NORMAL_CLEARING"),
    ):
        await pbx.leg(
            key(name),
            at + 103,
            at + end,
            answer and at + answer,
            extension_uuid=key(number),
            originating_leg_uuid=key(2),
            hangup_cause=cause,
            bridge_uuid=str(key(2)) if answer else None,
        )
    # 3: a ring group that nobody answers.
    await pbx.leg(key(3), at + 300, at + 325, hangup_cause="ORIGINATOR_CANCEL", **ring)
    # 4: a queue; an agent lets it ring, another one answers after 38 s.
    queued: dict[str, Any] = {
        "cc_side": "member",
        "cc_queue": "8000@hanoi.example",
        "call_center_queue_uuid": key("8000"),
        "last_app": "callcenter",
        "last_arg": "8000@hanoi.example",
    }
    await pbx.leg(
        key(4),
        at + 400,
        at + 500,
        at + 401,
        bridge_uuid=str(key("4b")),
        cc_agent=str(key("agent 102")),
        cc_queue_joined_epoch=at + 402,
        cc_queue_answered_epoch=at + 440,
        **queued,
    )
    for name, number, end, answer in (("4a", "101", 425, 0), ("4b", "102", 500, 440)):
        await pbx.leg(
            key(name),
            at + 405,
            at + end,
            answer and at + answer,
            cc_side="agent",
            cc_queue="8000@hanoi.example",
            cc_agent=str(key(f"agent {number}")),
            cc_member_session_uuid=key(4),
            hangup_cause="NORMAL_CLEARING" if answer else "NO_ANSWER",
            bridge_uuid=str(key(4)) if answer else None,
        )
    # 5: a queue that the caller leaves after 33 s.
    await pbx.leg(
        key(5),
        at + 600,
        at + 635,
        at + 601,
        cc_queue_joined_epoch=at + 602,
        cc_queue_canceled_epoch=at + 635,
        **queued,
    )
    # 6: an IVR in which the caller hangs up.
    await pbx.leg(key(6), at + 700, at + 740, at + 701, last_app="ivr", last_arg="5000")
    # 7: 103 does not answer; the caller leaves a message.
    await pbx.leg(
        key(7),
        at + 800,
        at + 860,
        at + 830,
        extension_uuid=key("103"),
        last_app="lua",
        last_arg="app.lua voicemail",
        voicemail_message=True,
        destination_number="*99103",
    )
    # 8 and 9: 101 calls out, by another number; the second is busy.
    gone: dict[str, Any] = {
        "last_app": "bridge",
        "last_arg": f"{TRUNK}0912333444",
        "extension_uuid": key("101"),
    }
    gone |= {"caller_id_number": "02438000000", "destination_number": "0912333444"}
    await pbx.leg(key(8), at + 900, at + 950, at + 910, bridge_uuid=str(uuid4()), **out, **gone)
    await pbx.leg(key(9), at + 1000, at + 1008, hangup_cause="USER_BUSY", **out, **gone)
    # 10: 101 calls 103, who answers; the b leg is logged too.
    talk: dict[str, Any] = {
        "caller_id_number": "101",
        "destination_number": "103",
        "last_app": "bridge",
    }
    await pbx.leg(
        key(10),
        at + 1100,
        at + 1130,
        at + 1105,
        extension_uuid=key("101"),
        bridge_uuid=str(key("10b")),
        last_arg="user/103@hanoi.example",
        **inside,
        **talk,
    )
    await pbx.leg(
        key("10b"),
        at + 1101,
        at + 1130,
        at + 1105,
        extension_uuid=key("103"),
        leg="b",
        bridge_uuid=str(key(10)),
        **inside,
        **talk,
    )
    # 11: 101 answers and transfers to 0104: the row tells of 0104 only.
    await pbx.leg(
        key(11),
        at + 1200,
        at + 1300,
        at + 1204,
        extension_uuid=key("0104"),
        bridge_uuid=str(uuid4()),
        last_app="bridge",
        last_arg="user/0104@hanoi.example",
    )
    await pbx.flow(key(11), (at + 1204, "101"), (at + 1250, "0104"))
    # 12: through the IVR to 102, who answers 20 s after the IVR did.
    await pbx.leg(
        key(12),
        at + 1400,
        at + 1460,
        at + 1400,
        extension_uuid=key("102"),
        bridge_uuid=str(uuid4()),
        last_app="bridge",
        last_arg="user/102@hanoi.example",
    )
    await pbx.flow(key(12), (at + 1420, "102"))
    # 13: the queue's time is up; then 103 is rung, and answers.
    await pbx.leg(
        key(13),
        at + 1500,
        at + 1600,
        at + 1501,
        bridge_uuid=str(uuid4()),
        extension_uuid=key("103"),
        cc_queue_joined_epoch=at + 1502,
        cc_queue_canceled_epoch=at + 1540,
        **{**queued, "last_app": "bridge", "last_arg": "user/103@hanoi.example"},
    )
    await pbx.flow(key(13), (at + 1555, "103"))
    # Somebody who picked a ringing call up, and one who listens in.
    await pbx.leg(key("picked"), at + 1650, at + 1655, hangup_cause="PICKED_OFF", **inside)
    await pbx.leg(key("spy"), at + 1650, at + 1699, at + 1651, last_app="eavesdrop", **inside)
    # Not of this domain.
    other: dict[str, Any] = {"domain_uuid": key("hue.example"), "extension_uuid": key("101")}
    await pbx.leg(key("hue"), at, at + 60, at + 5, **other)


# number: status, extension, duration, billsec, queue_waitsec, direction
EXPECTED = {
    1: ("answered", "102", 72, 60, None, "inbound"),
    2: ("answered", "102", 100, 90, None, "inbound"),
    3: ("no_answered", "101", 25, 0, None, "inbound"),
    4: ("answered", "102", 100, 60, 38, "inbound"),
    5: ("busy_line", "", 35, 0, 33, "inbound"),
    6: ("ivr", "", 40, 0, None, "inbound"),
    7: ("voicemail", "103", 60, 0, None, "inbound"),
    8: ("answered", "101", 50, 40, None, "outbound"),
    9: ("busy", "101", 8, 0, None, "outbound"),
    10: ("answered", "101", 30, 25, None, "local"),
    11: ("answered", "101", 100, 96, None, "inbound"),
    12: ("answered", "102", 60, 40, None, "inbound"),
    13: ("answered", "103", 100, 45, 38, "inbound"),
}


def short(row: dict[str, Any]) -> tuple[Any, ...]:
    columns = ("status", "extension", "duration", "billsec", "queue_waitsec", "direction")
    return tuple(row[column] for column in columns)


async def test_a_small_day_is_what_it_is_by_hand(pbx: Pbx, place: Office) -> None:
    await small_day(pbx)
    done = await importing(place, pbx)
    assert (done.counts.new, done.counts.rejected) == (13, 0)
    stored = await place.stored_calls()
    assert {number: short(stored[key(number)]) for number in EXPECTED} == EXPECTED
    assert len(stored) == len(EXPECTED)
    queues = {number for number in EXPECTED if stored[key(number)]["queue_uuid"] == key("8000")}
    assert queues == {4, 5, 13}
    first = stored[key(1)]
    assert first["user_uuid"] == key("binh")
    assert (first["caller_number"], first["callee_number"]) == ("0903111222", "02438000000")
    assert (first["source"], first["source_key"]) == ("fusionpbx", str(key(1)))
    assert (first["status_rule"], stored[key(5)]["status_rule"]) == ("answered", "queue")
    assert first["started_at"].timestamp() == NINE
    # By day and direction, as the reports count: all inbound but 8, 9 and 10.
    days = await place.rows("call_days", "direction, extension, user_uuid")
    totals = {
        direction: tuple(
            sum(day[column] for day in days if day["direction"] == direction)
            for column in ("total_call", "total_answered", "total_duration", "total_billsec")
        )
        for direction in ("inbound", "outbound", "local")
    }
    assert totals == {
        "inbound": (10, 6, 692, 391),
        "outbound": (2, 1, 58, 40),
        "local": (1, 1, 30, 25),
    }
    assert {day["day"] for day in days} == {date(2026, 3, 2)}


async def test_again_changes_nothing(pbx: Pbx, place: Office) -> None:
    await small_day(pbx)
    await importing(place, pbx)
    before = await place.all()
    done = await importing(place, pbx)
    assert (done.counts.new, done.counts.replaced) == (0, 0)
    assert await place.all() == before


async def test_what_is_deleted_in_the_pbx_stays(pbx: Pbx, place: Office) -> None:
    await small_day(pbx)
    await importing(place, pbx)
    await pbx.connection.execute("delete from v_xml_cdr where start_epoch < $1", NINE + 1000)
    since = start_of(date(2026, 3, 2), zone(HANOI))
    done = await importing(place, pbx, since=since)
    assert (done.counts.read, done.counts.unchanged) == (5, 5)
    assert len(await place.stored_calls()) == 13


async def test_the_directory(pbx: Pbx, place: Office) -> None:
    await importing(place, pbx, teams_from="queues")
    users = {row["username"]: row for row in await place.rows("users")}
    an = users["an"]
    assert (an["last_name"], an["middle_name"], an["first_name"]) == ("Nguyễn", "Văn", "An")
    assert (an["add_date"], an["email"]) == ("2022-12-26 16:31:09.123456+07", "an@hanoi.example")
    assert an["added_at"].isoformat() == "2022-12-26T09:31:09.123456+00:00"
    assert {name: row["level"] for name, row in users.items()} == {
        "an": "agent", "binh": "agent", "chi": "", "dung": "admin",
    }  # fmt: skip
    extensions = {row["extension"]: row["user_uuid"] for row in await place.rows("extensions")}
    assert extensions == {
        "101": key("an"), "102": key("binh"), "103": key("chi"), "0104": key("dung"),
    }  # fmt: skip
    groups = {row["group_name"]: row["kind"] for row in await place.rows("groups")}
    assert groups == {"admin": "permission", "user": "permission", "Bán hàng": "team"}
    members = await place.rows("group_members")
    team = {row["user_uuid"] for row in members if row["group_uuid"] == key("8000")}
    assert team == {key("an"), key("binh")}
    assert [row["queue_name"] for row in await place.rows("queues")] == ["Bán hàng"]
    await importing(place, pbx, teams_from="ring-groups")
    members = await place.rows("group_members")
    team = {row["user_uuid"] for row in members if row["group_uuid"] == key("7000")}
    assert team == {key("binh"), key("chi")}


async def test_the_directory_follows_and_keeps_what_is_ours(pbx: Pbx, place: Office) -> None:
    await importing(place, pbx, teams_from="queues")
    async with place.place.owner() as owner:
        await owner.execute(
            "insert into departments values ($1, $2, 'Front')", place.domain_uuid, key("front")
        )
        await owner.execute("update users set level = 'leader' where username = 'an'")
        await owner.execute(
            "update groups set department_uuid = $1 where kind = 'team'", key("front")
        )
        await owner.execute(
            "insert into groups (domain_uuid, group_uuid, group_name) values ($1, $2, 'Ours')",
            place.domain_uuid, key("ours"),
        )  # fmt: skip
        await owner.execute(
            "insert into group_members values ($1, $2, $3)",
            place.domain_uuid,
            key("ours"),
            key("chi"),
        )
    # 102 is made anew for chi, an leaves the queue, and a user without a name is none.
    await pbx.connection.execute("delete from v_extensions where extension = '102'")
    await pbx.add(
        "v_extensions", domain_uuid=pbx.domain, extension_uuid=key("new 102"), extension="102"
    )
    await pbx.connection.execute(
        "delete from v_call_center_tiers where call_center_agent_uuid = $1", key("agent 101")
    )
    await pbx.add("v_users", domain_uuid=pbx.domain, user_uuid=key("nameless"))
    done = await importing(place, pbx, teams_from="queues")
    assert done.directory.deleted == 2
    users = {row["username"]: row for row in await place.rows("users")}
    assert (len(users), users["an"]["level"]) == (4, "leader")
    numbers = {
        row["extension"]: row["extension_uuid"]
        for row in await place.rows("extensions")
        if row["removed_at"] is None
    }
    assert numbers["102"] == key("new 102")
    members = {(row["group_uuid"], row["user_uuid"]) for row in await place.rows("group_members")}
    assert {(key("8000"), key("binh")), (key("ours"), key("chi"))} <= members
    assert (key("8000"), key("an")) not in members
    team = next(row for row in await place.rows("groups") if row["kind"] == "team")
    assert team["department_uuid"] == key("front")


async def test_legs_that_come_late_lead_to_the_same(pbx: Pbx, place: Office) -> None:
    """Each leg in a round of its own, the last written first."""
    await small_day(pbx)
    held = await pbx.connection.fetch("select * from v_xml_cdr order by xml_cdr_uuid desc")
    await importing(place, pbx)
    expected = await place.stored_calls()
    await pbx.connection.execute("delete from v_xml_cdr")
    late = Office(place.place, place.database, "late")
    for number, row in enumerate(held):
        moment = NOW + timedelta(hours=number)
        await pbx.legs([{**row, "insert_date": moment}])
        await importing(late, pbx)
    assert await late.stored_calls() == expected


async def test_rows_of_old_releases_say_less(pbx: Pbx, place: Office) -> None:
    await small_day(pbx)
    await importing(place, pbx)
    expected = await place.stored_calls()
    await pbx.connection.execute("update v_xml_cdr set insert_date = null")
    await pbx.connection.execute("alter table v_xml_cdr drop column status")
    old = Office(place.place, place.database, "old")
    await importing(old, pbx)
    assert await old.stored_calls() == expected
    # Without the flow, who answered first and when is not known of 11, 12 and 13.
    await pbx.connection.execute("drop table v_xml_cdr_flow")
    older = Office(place.place, place.database, "older")
    done = await importing(older, pbx)
    assert (done.counts.new, done.counts.rejected) == (13, 0)
    stored = await older.stored_calls()
    assert {n for n in EXPECTED if stored[key(n)] != expected[key(n)]} == {11, 12, 13}
    assert [short(stored[key(n)])[:4] for n in (11, 12, 13)] == [
        ("answered", "0104", 100, 96),
        ("answered", "102", 60, 60),
        ("answered", "103", 100, 60),
    ]


async def test_a_leg_that_cannot_be_a_call_is_rejected(pbx: Pbx, place: Office) -> None:
    await pbx.leg(key("no end"), NINE, NINE + 5, end_epoch=None)
    await pbx.leg(key("odd"), NINE, NINE + 5, start_epoch="NaN")
    await pbx.leg(key("back"), NINE, NINE - 5, NINE - 6, bridge_uuid=str(uuid4()))
    rejects: list[Reject] = []
    done = await importing(place, pbx, rejects)
    assert (done.counts.new, done.counts.rejected) == (1, 2)
    told = {reject.text: reject.reason for reject in rejects}
    assert told[f"xml_cdr_uuid {key('no end')}"].startswith("end_epoch is missing")
    assert told[f"xml_cdr_uuid {key('odd')}"].startswith("start_epoch is missing")


async def test_a_dry_run_explains_the_difference(pbx: Pbx, place: Office) -> None:
    await small_day(pbx)
    done = await importing(place, pbx, dry_run=True)
    assert done.tally is not None
    lines = list(done.tally.lines())
    legs, calls = 20, 13
    assert lines[0].startswith(f"FusionPBX: {legs} legs, 2 missed, duration ")
    assert lines[1].startswith(
        f"Here:      {calls} calls, duration 780 s, billsec 456 s (answered 8"
    )
    assert lines[2] == f"{legs} legs - {legs - calls} that are no calls = {calls} calls"
    assert lines[3:8] == [
        "  2 agents' legs of queues",
        "  1 b legs",
        "  1 legs that a call rang",
        "  1 legs that joined another call",
        "  2 legs that lost to another phone",
    ]
    async with place.place.owner() as owner:
        assert await owner.fetchval("select count(*) from domains") == 0
    # The same of a domain that exists: nothing is written either.
    await importing(place, pbx)
    before = await place.all()
    again = await importing(place, pbx, dry_run=True, since=start_of(date(2026, 3, 2), zone(HANOI)))
    assert (again.counts.unchanged, again.counts.batch_uuid) == (13, None)
    assert await place.all() == before


async def test_the_role_reads_what_is_needed_and_no_secret(pbx: Pbx, place: Office) -> None:
    reader = await asyncpg.connect(pbx.url)
    try:
        for table, column in (
            ("v_users", "password"),
            ("v_users", "salt"),
            ("v_users", "api_key"),
            ("v_users", "user_totp_secret"),
            ("v_extensions", "password"),
            ("v_call_center_agents", "agent_password"),
            ("v_xml_cdr", "pin_number"),
            ("v_xml_cdr", "json"),
            ("v_xml_cdr", "record_path"),
            ("v_xml_cdr_json", "json"),
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await reader.fetch(f"select {column} from {table} limit 1")  # noqa: S608
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch("select * from v_extensions")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.execute("delete from v_domains")
    finally:
        await reader.close()
    await pbx.connection.execute(
        "revoke select (agent_id) on v_call_center_agents from call_statistics"
    )
    with pytest.raises(ImportRefusedError, match=r"v_call_center_agents.*fusionpbx-grants\.sql"):
        await importing(place, pbx)


async def test_every_statement_prepares_as_the_reading_role(pbx: Pbx) -> None:
    reader = await asyncpg.connect(pbx.url)
    try:
        for name in statements.names("fusionpbx"):
            await reader.prepare(statements.statement(name))
    finally:
        await reader.close()


def test_a_leg_has_the_same_columns_wherever_it_is_read() -> None:
    def columns(name: str) -> str:
        text = statements.statement(f"fusionpbx/{name}")
        return text[text.index("select\n") : text.index("from v_xml_cdr")]

    assert columns("legs_named") == columns("legs_new") == columns("legs_related")


async def test_an_index_is_told_from_none(pbx: Pbx) -> None:
    async with source.opened(pbx.settings()) as opened:
        assert await indexed(opened)
        await pbx.connection.execute("drop index v_xml_cdr_written")
        assert not await indexed(opened)
        await pbx.connection.execute("create index on v_xml_cdr (insert_date)")
        await pbx.connection.execute(
            "create index on v_xml_cdr (coalesce(insert_date, end_stamp)) where leg = 'a'"
        )
        assert not await indexed(opened)
        await pbx.connection.execute("create index on v_xml_cdr (coalesce(insert_date, end_stamp))")
        assert await indexed(opened)


async def test_it_says_what_is_wrong_with_the_address(pbx: Pbx, place: Office) -> None:
    async def told(url: str | None) -> str:
        with pytest.raises((ConfigurationError, ImportRefusedError)) as found:
            async with source.opened(Settings.model_validate({"fusionpbx_url": url})) as opened:
                await indexed(opened)
        return found.value.message

    assert "set GATEWAY_FUSIONPBX_URL to" in await told(None)
    assert "cannot be reached" in await told("postgresql://x:secret@127.0.0.1:1/none")
    assert "secret" not in await told("postgresql://x:secret@127.0.0.1:1/none")
    assert "not FusionPBX's database" in await told(place.place.owner_url)
    assert "no domain" in await _refused(place, pbx, pbx_domain="nowhere")


async def test_the_address_may_be_in_a_service_file(
    pbx: Pbx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = parse_qs(urlsplit(pbx.url).query)
    services = tmp_path / "services"
    services.write_text(
        f"[pbx]\nhost={asked['host'][0]}\nport={asked['port'][0]}\n"
        f"dbname={pbx.name}\nuser={READER}\nsslmode=disable\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    by_url = Settings.model_validate({"fusionpbx_url": "postgresql://?service=pbx"})
    async with source.opened(by_url) as opened:
        assert await indexed(opened)
    monkeypatch.setenv("PGSERVICE", "pbx")
    async with source.opened(Settings()) as opened:
        assert await indexed(opened)


async def test_calls_that_end_elsewhere_than_they_began(pbx: Pbx, place: Office) -> None:
    queued: dict[str, Any] = {
        "cc_side": "member",
        "cc_queue": "8000@hanoi.example",
        "cc_queue_joined_epoch": NINE + 2,
        "cc_queue_canceled_epoch": NINE + 30,
    }
    box: dict[str, Any] = {"voicemail_message": True, "destination_number": "*99103"}
    # From the queue to a voicemail box; FusionPBX keeps the uuid of what did not answer.
    await pbx.leg(key("box"), NINE, NINE + 60, NINE, bridge_uuid=str(uuid4()), **queued, **box)
    # Somebody answered, and transferred the caller to the box.
    await pbx.leg(key("talked"), NINE, NINE + 60, NINE + 5, bridge_uuid=str(uuid4()), **box)
    await pbx.flow(key("talked"), (NINE + 5, "101"))
    # To a conference; and by a number that no column calls an extension.
    await pbx.leg(key("room"), NINE, NINE + 9, NINE, last_app="lua", conference_name="3000")
    await pbx.leg(
        key("unknown"), NINE, NINE + 9, extension_uuid=uuid4(), hangup_cause="NO_ANSWER",
        last_app="bridge", last_arg="[x=1]user/0777@hanoi.example",
    )  # fmt: skip
    # A direction that the dialplan did not set.
    await pbx.leg(key("none"), NINE, NINE + 9, direction=None, hangup_cause="USER_BUSY")
    await importing(place, pbx)
    stored = await place.stored_calls()
    assert {name: short(stored[key(name)]) for name in ("box", "talked", "room", "unknown")} == {
        "box": ("voicemail", "103", 60, 0, 28, "inbound"),
        "talked": ("answered", "101", 60, 55, None, "inbound"),
        "room": ("answered", "", 9, 9, None, "inbound"),
        "unknown": ("no_answered", "0777", 9, 0, None, "inbound"),
    }
    assert stored[key("box")]["queue_uuid"] == key("8000")
    assert (stored[key("none")]["direction"], stored[key("none")]["status"]) == ("inbound", "busy")


async def _refused(place: Office, pbx: Pbx, **wanted: Any) -> str:
    with pytest.raises(ImportRefusedError) as found:
        await importing(place, pbx, **wanted)
    return found.value.message
