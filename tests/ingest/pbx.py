"""A FusionPBX database, and legs written into it as FusionPBX's own importer writes them."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from gateway.ingest.fusionpbx import Import, Wanted, domain_entry
from gateway.ingest.records import Reject
from gateway.settings import Settings
from gateway.store import source
from gateway.store.embedded import OWNER
from tests.conftest import Server
from tests.ingest.office import HANOI, NOW, Office, key

HERE = Path(__file__).parent
GRANTS = HERE.parents[1] / "docs" / "fusionpbx-grants.sql"
READER = "call_statistics"
# 2026-03-02 09:00 in Hanoi.
NINE = 1_772_416_800
TRUNK = "sofia/gateway/6b2f6b0e-9f0e-4a8c-a1b6-0d4e0c1f9a11/"
FAILED = ("CALL_REJECTED", "UNALLOCATED_NUMBER", "NORMAL_TEMPORARY_FAILURE", "NO_ROUTE_DESTINATION")

PEOPLE = {
    "an": ("Nguyễn", "Văn", "An", "101"),
    "binh": ("Trần", "Thị", "Bình", "102"),
    "chi": ("Lê", "", "Chí", "103"),
    "dung": ("Phạm", "Tiến", "Dũng", "0104"),
}


def statements(text: str) -> list[str]:
    return [each for each in re.split(r";\s*\n", text) if re.sub(r"--.*", "", each).strip()]


def stamp(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


class Pbx:
    """The database; `domain` is one of its domains, to which legs are added."""

    def __init__(self, server: Server, name: str) -> None:
        self.name = name
        self.owner_url = server.embedded.url(OWNER, name)
        self.url = server.embedded.url(READER, name)
        self.connection: asyncpg.Connection[asyncpg.Record]
        self.domain = key("hanoi.example")

    async def make(self) -> None:
        self.connection = await asyncpg.connect(self.owner_url)
        for statement in statements((HERE / "fusionpbx.sql").read_text()):
            await self.connection.execute(statement)
        for statement in statements(GRANTS.read_text()):
            try:
                await self.connection.execute(statement)
            except asyncpg.DuplicateObjectError:
                assert "create role" in statement
        for domain in ("hanoi.example", "hue.example"):
            await self.add("v_domains", domain_uuid=key(domain), domain_name=domain)

    def settings(self) -> Settings:
        return Settings.model_validate({"fusionpbx_url": self.url})

    async def add(self, table: str, **columns: Any) -> None:
        """A row; its own uuid is made up unless it is given."""
        own = {"v_xml_cdr": "xml_cdr_uuid"}.get(table, f"{table[2:].rstrip('s')}_uuid")
        row = {own: uuid4(), **columns}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self.connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({places})",  # noqa: S608
            *row.values(),
        )

    async def people(self) -> None:
        """Four users with extensions, the queue Bán hàng (an, binh), the ring group Hỗ trợ."""
        for group in ("superadmin", "admin", "user", "agent"):
            await self.add("v_groups", group_uuid=key(group), group_name=group)
        for username, (family, middle, given, number) in PEOPLE.items():
            await self.add(
                "v_contacts",
                domain_uuid=self.domain,
                contact_uuid=key(f"contact {username}"),
                contact_name_family=family,
                contact_name_middle=middle,
                contact_name_given=given,
            )
            await self.add(
                "v_users",
                domain_uuid=self.domain,
                user_uuid=key(username),
                contact_uuid=key(f"contact {username}"),
                username=username,
                password="$2y$10$secret",
                salt="salt",
                api_key="key",
                user_email=f"{username}@hanoi.example",
                add_date="2022-12-26 16:31:09.123456+07",
            )
            await self.extension(number, username)
            await self.add(
                "v_user_groups",
                domain_uuid=self.domain,
                user_uuid=key(username),
                group_name="user",
                group_uuid=key("admin" if username == "dung" else "user"),
            )
        await self.queue()
        await self.add(
            "v_ring_groups",
            domain_uuid=self.domain,
            ring_group_uuid=key("7000"),
            ring_group_name="Hỗ trợ",
            ring_group_extension="7000",
        )
        for number in ("102", "103", "0900000000"):
            await self.add(
                "v_ring_group_destinations",
                domain_uuid=self.domain,
                ring_group_uuid=key("7000"),
                destination_number=number,
            )

    async def extension(self, number: str, *usernames: str) -> None:
        await self.add(
            "v_extensions",
            domain_uuid=self.domain,
            extension_uuid=key(number),
            extension=number,
            password="sip-secret",
        )
        for username in usernames:
            await self.add(
                "v_extension_users",
                domain_uuid=self.domain,
                extension_uuid=key(number),
                user_uuid=key(username),
            )

    async def queue(self) -> None:
        await self.add(
            "v_call_center_queues",
            domain_uuid=self.domain,
            call_center_queue_uuid=key("8000"),
            queue_name="Bán hàng",
            queue_extension="8000",
        )
        for number, username in (("101", None), ("102", "binh")):
            await self.add(
                "v_call_center_agents",
                domain_uuid=self.domain,
                call_center_agent_uuid=key(f"agent {number}"),
                user_uuid=username and key(username),
                agent_name=f"Agent {number}",
                agent_id=number,
                agent_password="1234",
                agent_contact=f"[call_timeout=20,domain_name=hanoi.example]user/{number}@hanoi",
            )
            await self.add(
                "v_call_center_tiers",
                domain_uuid=self.domain,
                call_center_queue_uuid=key("8000"),
                call_center_agent_uuid=key(f"agent {number}"),
            )

    async def leg(
        self,
        uuid: UUID,
        start: int,
        end: int,
        answer: int = 0,
        *,
        written: int | None = None,
        **columns: Any,
    ) -> None:
        await self.legs([row(self.domain, uuid, start, end, answer, written=written, **columns)])

    async def legs(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Many at once, all with the same columns or fewer."""
        columns = sorted({column for each in rows for column in each})
        await self.connection.copy_records_to_table(
            "v_xml_cdr",
            records=[tuple(each.get(column) for column in columns) for each in rows],
            columns=columns,
        )

    async def flow(self, uuid: UUID, *profiles: tuple[int, str]) -> None:
        """(second of the bridge, who answered) of one profile after another."""
        found = [
            {
                "@attributes": {"dialplan": "XML", "profile_index": str(number)},
                "caller_profile": {"username": {}, "callee_id_number": callee},
                "times": {"bridged_time": str(second * 1_000_000), "transfer_time": "0"},
            }
            for number, (second, callee) in enumerate(profiles, 1)
        ]
        await self.connection.execute(
            "insert into v_xml_cdr_flow (xml_cdr_flow_uuid, xml_cdr_uuid, domain_uuid, call_flow)"
            " values ($1, $2, $3, $4)",
            uuid4(), uuid, self.domain, json.dumps(found),
        )  # fmt: skip


def row(
    domain: UUID,
    uuid: UUID,
    start: int,
    end: int,
    answer: int = 0,
    *,
    written: int | None = None,
    **columns: Any,
) -> dict[str, Any]:
    """A leg as FusionPBX's xml_cdr class fills it: of one that was not answered the stamp is of
    1970, and the duration is the talk's.
    """
    talk = end - answer if answer else 0
    cause = columns.get("hangup_cause", "NORMAL_CLEARING")
    missed = (
        columns.get("direction", "inbound") == "inbound" and cause == "ORIGINATOR_CANCEL"
    ) or (columns.get("voicemail_message") is True)
    return {
        "xml_cdr_uuid": uuid,
        "domain_uuid": domain,
        "direction": "inbound",
        "context": "public",
        "leg": "a",
        "start_epoch": start,
        "start_stamp": stamp(start),
        "answer_epoch": answer,
        "answer_stamp": stamp(answer),
        "end_epoch": end,
        "end_stamp": stamp(end),
        "duration": talk,
        "billsec": talk,
        "caller_id_number": "0903111222",
        "caller_destination": "02438000000",
        "hangup_cause": cause,
        "sip_hangup_disposition": "recv_bye",
        "voicemail_message": False,
        "missed_call": missed,
        "status": _status(cause, talk, missed=missed),
        "insert_date": stamp(end + 1 if written is None else written),
        **columns,
    }


def _status(cause: str, talk: int, *, missed: bool) -> str:
    if missed:
        return "missed"
    if cause in FAILED:
        return "failed"
    told = {"NO_ANSWER": "no_answer", "ORIGINATOR_CANCEL": "cancelled", "USER_BUSY": "busy"}
    return told.get(cause, "answered" if talk else "no_answer")


async def importing(
    place: Office, pbx: Pbx, rejects: list[Reject] | None = None, **wanted: Any
) -> Import:
    """An import of all that is there now."""
    found = await prepared(place, [] if rejects is None else rejects, **wanted)
    async with source.opened(pbx.settings()) as opened:
        await found.round(opened)
    return found


async def prepared(place: Office, rejects: list[Reject], **wanted: Any) -> Import:
    entry, new = await domain_entry(place.database, place.name, HANOI)
    place.domain_uuid = entry.domain_uuid
    chosen = Wanted(entry, "hanoi.example", new=new)._replace(**wanted)
    return Import(place.database, chosen, lambda: NOW, rejects.append)
