"""`gateway import fusionpbx` while calls come in, while it is killed, and on many calls."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from gateway.ingest import fusionpbx_calls
from gateway.store import source
from tests.conftest import TestDatabase
from tests.ingest.office import HANOI, Office, key
from tests.ingest.pbx import NINE, Pbx, importing, prepared, row
from tests.ingest.test_command import Program

PATIENCE = 60
NUMBERS = ("101", "102", "103")
# Written apart from the product: what calls are, from the legs alone.
ORACLE = """
    select direction, count(*) as calls, sum(end_epoch - start_epoch)::bigint as duration
    from v_xml_cdr
    where domain_uuid = $1 and leg = 'a' and originating_leg_uuid is null
        and cc_side is distinct from 'agent'
        and hangup_cause not in ('LOSE_RACE', 'PICKED_OFF') and last_app <> 'eavesdrop'
    group by direction
    order by direction
"""
OURS = """
    select direction, sum(total_call)::bigint as calls, sum(total_duration)::bigint as duration
    from call_days
    where domain_uuid = $1
    group by direction
    order by direction
"""


@pytest.fixture
def program(tmp_path: Path, database: TestDatabase, pbx: Pbx) -> Program:
    return Program(
        tmp_path, GATEWAY_DATABASE_URL=database.service_url, GATEWAY_FUSIONPBX_URL=pbx.url
    )


class Company:
    """Calls by chance. `truth` is what each was: status, who, talk."""

    def __init__(self, seed: int, days: int = 20) -> None:
        self.chance = random.Random(seed)
        self.truth: dict[UUID, tuple[str, str, int]] = {}
        self._days = days
        self._number = 0

    def legs(self, pbx: Pbx, calls: int) -> Iterator[dict[str, Any]]:
        kinds = (self.enterprise, self.queued, self.lost, self.outgoing, self.ivr, self.missed)
        for _ in range(calls):
            self._number += 1
            start = NINE + self.chance.randrange(self._days * 86_400)
            yield from self.chance.choice(kinds)(pbx, key(f"call {self._number}"), start)

    def _part(self, uuid: UUID, name: str) -> UUID:
        return key(f"{uuid} {name}")

    def enterprise(self, pbx: Pbx, uuid: UUID, start: int) -> Iterator[dict[str, Any]]:
        """Rings several phones: one answers or none does."""
        rung = sorted(self.chance.sample(NUMBERS, self.chance.randint(1, 3)))
        who = self.chance.choice([None, *rung])
        ring, talk = self.chance.randint(1, 30), self.chance.randint(1, 4000)
        end = start + ring + (talk if who else 0)
        for number in rung:
            mine = number == who
            yield row(
                pbx.domain,
                self._part(uuid, number),
                start,
                end if mine else start + ring,
                start + ring if mine else 0,
                extension_uuid=key(number),
                originating_leg_uuid=uuid,
                last_app="",
                bridge_uuid=str(uuid) if mine else None,
                hangup_cause="NORMAL_CLEARING" if mine else "LOSE_RACE" if who else "NO_ANSWER",
            )
        self.truth[uuid] = ("answered", who, talk) if who else ("no_answered", rung[0], 0)
        yield row(
            pbx.domain,
            uuid,
            start,
            end,
            start + 1 if who and ring > 1 else start + ring if who else 0,
            last_app="bridge",
            last_arg="",
            bridge_uuid=str(self._part(uuid, who)) if who else None,
            hangup_cause="NORMAL_CLEARING" if who else "NO_ANSWER",
        )

    def queued(self, pbx: Pbx, uuid: UUID, start: int) -> Iterator[dict[str, Any]]:
        who, wait = self.chance.choice(("101", "102")), self.chance.randint(3, 5000)
        talk = self.chance.randint(1, 500)
        queue: dict[str, Any] = {"cc_queue": "8000@hanoi.example", "last_app": "callcenter"}
        for number in ("101", "102"):
            mine = number == who
            yield row(
                pbx.domain,
                self._part(uuid, number),
                start + 2,
                start + wait + talk if mine else start + 3,
                start + wait if mine else 0,
                cc_side="agent",
                cc_agent=str(key(f"agent {number}")),
                cc_member_session_uuid=uuid,
                bridge_uuid=str(uuid) if mine else None,
                hangup_cause="NORMAL_CLEARING" if mine else "NO_ANSWER",
                **queue,
            )
        self.truth[uuid] = ("answered", who, talk)
        yield row(
            pbx.domain,
            uuid,
            start,
            start + wait + talk,
            start,
            cc_side="member",
            cc_agent=str(key(f"agent {who}")),
            cc_queue_joined_epoch=start,
            cc_queue_answered_epoch=start + wait,
            bridge_uuid=str(self._part(uuid, who)),
            **queue,
        )

    def lost(self, pbx: Pbx, uuid: UUID, start: int) -> Iterator[dict[str, Any]]:
        wait = self.chance.randint(1, 500)
        self.truth[uuid] = ("busy_line", "", 0)
        yield row(
            pbx.domain,
            uuid,
            start,
            start + wait,
            start,
            cc_side="member",
            cc_queue="8000@hanoi.example",
            cc_queue_joined_epoch=start,
            cc_queue_canceled_epoch=start + wait,
            last_app="callcenter",
        )

    def outgoing(self, pbx: Pbx, uuid: UUID, start: int) -> Iterator[dict[str, Any]]:
        who, cause = self.chance.choice(NUMBERS), self.chance.choice(["USER_BUSY", "answered"])
        ring, talk = self.chance.randint(1, 30), self.chance.randint(1, 900)
        direction = self.chance.choice(["outbound", "local"])
        answered = cause == "answered"
        self.truth[uuid] = ("answered", who, talk) if answered else ("busy", who, 0)
        yield row(
            pbx.domain,
            uuid,
            start,
            start + ring + (talk if answered else 0),
            start + ring if answered else 0,
            direction=direction,
            context="hanoi.example",
            extension_uuid=key(who),
            destination_number="0912333444",
            last_app="bridge",
            bridge_uuid=str(self._part(uuid, "b")) if answered else None,
            hangup_cause="NORMAL_CLEARING" if answered else cause,
        )
        if answered:
            yield row(
                pbx.domain,
                self._part(uuid, "b"),
                start,
                start + ring + talk,
                start + ring,
                leg="b",
                direction=direction,
                bridge_uuid=str(uuid),
                last_app="",
            )

    def ivr(self, pbx: Pbx, uuid: UUID, start: int) -> Iterator[dict[str, Any]]:
        self.truth[uuid] = ("ivr", "", 0)
        yield row(pbx.domain, uuid, start, start + 20, start, last_app="ivr", last_arg="5000")

    def missed(self, pbx: Pbx, uuid: UUID, start: int) -> Iterator[dict[str, Any]]:
        who = self.chance.choice(NUMBERS)
        self.truth[uuid] = ("voicemail", who, 0)
        yield row(
            pbx.domain,
            uuid,
            start,
            start + 60,
            start + 30,
            extension_uuid=key(who),
            voicemail_message=True,
            last_app="lua",
            last_arg="app.lua voicemail",
        )


def told(stored: dict[UUID, dict[str, Any]]) -> dict[UUID, tuple[str, str, int]]:
    return {
        uuid: (call["status"], call["extension"], call["billsec"]) for uuid, call in stored.items()
    }


async def test_many_calls_are_what_they_were(
    pbx: Pbx, place: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In chunks that cut calls into pieces; queues keep callers for hours."""
    company = Company(1)
    await pbx.legs(list(company.legs(pbx, 4000)))
    monkeypatch.setattr(fusionpbx_calls, "LEGS", 97)
    done = await importing(place, pbx)
    assert done.counts.new == len(company.truth)
    assert told(await place.stored_calls()) == company.truth
    async with place.place.owner() as owner:
        ours = await owner.fetch(OURS, place.domain_uuid)
    theirs = await pbx.connection.fetch(ORACLE, pbx.domain)
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]
    # All at once is the same.
    monkeypatch.undo()
    whole = Office(place.place, place.database, "whole")
    await importing(whole, pbx)
    assert await whole.stored_calls() == await place.stored_calls()


async def test_it_holds_no_lock_that_keeps_anybody_waiting(
    pbx: Pbx, place: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pbx.legs(list(Company(2).legs(pbx, 1500)))
    monkeypatch.setattr(fusionpbx_calls, "LEGS", 50)
    modes: Counter[str] = Counter()
    longest = 0.0
    watching = True

    async def watch() -> None:
        nonlocal longest
        watcher = await asyncpg.connect(pbx.owner_url)
        while watching:
            found = await watcher.fetch(
                "select l.mode, l.locktype, extract(epoch from now() - a.xact_start) as age"
                " from pg_stat_activity a left join pg_locks l using (pid)"
                " where a.application_name = 'call-statistics-gateway import'"
                " and a.xact_start is not null"
            )
            modes.update(r["mode"] for r in found if r["locktype"] == "relation")
            longest = max([longest, *(float(r["age"]) for r in found)])
            await asyncio.sleep(0)
        await watcher.close()

    task = asyncio.create_task(watch())
    done = await importing(place, pbx)
    watching = False
    await task
    assert done.counts.new == 1500
    assert set(modes) == {"AccessShareLock"}
    assert longest < 5


async def test_to_follow_needs_an_index(program: Program, pbx: Pbx) -> None:
    await pbx.connection.execute("drop index v_xml_cdr_written")
    arguments = ("fusionpbx", "--domain", "hanoi.example")
    status, _, errors = await run(program, *arguments, "--follow")
    assert (status, "--zone" in errors) == (1, True)
    status, output, errors = await run(program, *arguments, "--follow", "--zone", HANOI)
    assert (status, output) == (1, "")
    assert "create index concurrently v_xml_cdr_written" in errors
    status, output, errors = await run(program, *arguments, "--zone", HANOI)
    assert (status, "create index concurrently" in errors) == (0, True)
    assert output.startswith("directory: read ")
    assert (await run(program, *arguments, "--follow", "--dry-run"))[0] == 1
    assert "is not a day" in (await run(program, *arguments, "--since", "yesterday"))[2]


async def run(program: Program, *arguments: str) -> tuple[int, str, str]:
    return await asyncio.to_thread(program.run, *arguments)


async def test_it_follows_until_it_is_told_to_end(
    program: Program, pbx: Pbx, place: Office
) -> None:
    process = program.start(
        "fusionpbx", "--domain", "hanoi", "--pbx-domain", "hanoi.example", "--zone", HANOI,
        "--follow", "--every", "0.1",
    )  # fmt: skip
    try:
        for number in range(3):
            now = int(datetime.now(UTC).timestamp())
            await pbx.leg(key(number), now - 60, now, last_app="bridge", hangup_cause="NO_ANSWER")
            await stored(place, number + 1)
        # A leg that comes late makes another call of it.
        await pbx.leg(
            key("late"), now - 60, now, extension_uuid=key("102"), hangup_cause="NO_ANSWER",
            originating_leg_uuid=key(2), last_app="",
        )  # fmt: skip
        await pbx.connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'call-statistics-gateway import'"
        )
        await stored(place, 1, "extension = '102'")
    finally:
        process.send_signal(signal.SIGTERM)
        output, errors = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    assert process.returncode == 0, errors
    assert b"calls: read 4, new 3, replaced 1" in output
    async with place.place.owner() as owner:
        assert await owner.fetchval("select count(*) from import_batches where kind = 'calls'") <= 2
        assert await owner.fetchval("select count(*) from source_marks") == 1


async def stored(place: Office, wanted: int, condition: str = "true") -> None:
    give_up = time.monotonic() + PATIENCE
    async with place.place.owner() as owner:
        while (
            await owner.fetchval(f"select count(*) from calls where {condition}")  # noqa: S608
            < wanted
        ):
            assert time.monotonic() < give_up, "it does not follow"
            await asyncio.sleep(0.05)


async def test_killed_at_any_moment_it_goes_on(program: Program, pbx: Pbx, place: Office) -> None:
    company = Company(3, days=3)
    chance = random.Random(4)
    arguments = (
        "fusionpbx", "--domain", "hanoi", "--pbx-domain", "hanoi.example", "--zone", HANOI,
        "--teams-from", "queues",
    )  # fmt: skip
    for _ in range(6):
        rows = sorted(company.legs(pbx, 1500), key=lambda leg: leg["insert_date"])
        written = datetime.now(UTC)
        await pbx.legs([{**leg, "insert_date": written} for leg in rows])
        following = chance.choice([(), ("--follow", "--every", "0.1")])
        process = program.start(*arguments, *following)
        await asyncio.sleep(chance.uniform(0.5, 4))
        process.kill()
        await asyncio.to_thread(process.communicate)
    status, _, errors = await run(program, *arguments)
    assert (status, errors) == (0, "")
    place.domain_uuid = await named(place, "hanoi")
    clean = Office(place.place, place.database, "clean")
    await importing(clean, pbx, teams_from="queues")
    assert told(await place.stored_calls()) == company.truth
    assert await place.stored_calls() == await clean.stored_calls()
    for table in ("users", "extensions", "groups", "group_members", "queues"):
        assert await place.rows(table, "1, 2, 3") == await clean.rows(table, "1, 2, 3")


async def named(place: Office, name: str) -> UUID:
    found = await place.database.domain_named(name)
    assert found is not None
    return found


async def test_an_import_whose_own_database_fails_loses_nothing(pbx: Pbx, place: Office) -> None:
    """What was read and not written is read again in the next round."""
    await pbx.leg(key(1), NINE, NINE + 5, last_app="bridge", hangup_cause="NO_ANSWER")
    running = await prepared(place, [])
    async with source.opened(pbx.settings()) as opened:
        await running.round(opened)
        await pbx.leg(key(2), NINE, NINE + 5, last_app="bridge", hangup_cause="NO_ANSWER")
        async with place.place.owner() as owner:
            await owner.execute("alter table calls add constraint none check (false) not valid")
            with pytest.raises(asyncpg.CheckViolationError):
                await running.round(opened)
            await owner.execute("alter table calls drop constraint none")
        await running.round(opened)
    assert set(await place.stored_calls()) == {key(1), key(2)}
