"""Loading the demo: in one go or in parts, the same is there; and the tokens that are kept."""

import stat
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from gateway.demo import company, generator, load
from gateway.errors import ConfigurationError
from gateway.ingest.records import CallRecord
from gateway.store import tokens
from gateway.store.database import Database
from tests.conftest import TestDatabase

DAYS = 3
MORNING = datetime(2026, 3, 4, 3, 15, tzinfo=UTC)  # a Wednesday, 10:15 in Vietnam
EVENING = datetime(2026, 3, 4, 11, 0, 30, tzinfo=UTC)

STORED = {
    "calls": "select to_jsonb(c) - 'batch_uuid' as row from calls c",
    "activities": "select to_jsonb(a) - 'batch_uuid' as row from agent_activities a",
    "users": "select to_jsonb(u) as row from users u",
    "members": "select to_jsonb(m) as row from group_members m",
    "extensions": "select to_jsonb(e) as row from extensions e",
}


class Interrupted(Exception):  # noqa: N818  # an event, not an error
    pass


async def stored(database: TestDatabase) -> dict[str, list[str]]:
    async with database.owner() as connection:
        return {
            name: sorted(row["row"] for row in await connection.fetch(text))
            for name, text in STORED.items()
        }


async def emptied(database: TestDatabase) -> None:
    async with database.owner() as connection:
        await connection.execute("truncate domains, domain_names, calls, agent_activities cascade")


async def figures(database: TestDatabase, text: str, *arguments: Any) -> Any:
    async with database.owner() as connection:
        return await connection.fetchval(text, *arguments)


async def test_loading_in_parts_is_loading_in_one_go(database: TestDatabase) -> None:
    async with database.opened() as opened:
        await load.load(opened, MORNING, days=DAYS)
        await load.load(opened, EVENING, days=DAYS)
        in_parts = await stored(database)
        await emptied(database)
        await load.load(opened, EVENING, days=DAYS)
    assert await stored(database) == in_parts
    assert len(in_parts["calls"]) > 6000


async def test_a_second_load_brings_what_has_happened_since(database: TestDatabase) -> None:
    open_now = "select count(*) from agent_activities where domain_uuid = $1 and seconds is null"
    newest = "select max(started_at) from calls where domain_uuid = $1"
    async with database.opened() as opened:
        await load.load(opened, MORNING, days=DAYS)
        assert await figures(database, open_now, company.DOMAIN_UUID) > 20
        assert MORNING - timedelta(minutes=5) < await figures(database, newest, company.DOMAIN_UUID)
        later = MORNING + timedelta(days=4)
        await load.load(opened, later, days=DAYS)
        days = await figures(
            database,
            "select count(distinct (started_at + interval '7 hours')::date) from calls"
            " where domain_uuid = $1",
            company.DOMAIN_UUID,
        )
    assert days == DAYS + 4


async def test_nothing_is_rejected_nor_left_without_its_person(database: TestDatabase) -> None:
    async with database.opened() as opened:
        await load.load(opened, EVENING, days=DAYS)
    assert await figures(database, "select sum(rejected_count) from import_batches") == 0
    assert not await figures(
        database,
        "select count(*) from calls where domain_uuid = $1 and (user_uuid is null) <>"
        " (extension = '')",
        company.DOMAIN_UUID,
    )


async def test_the_same_moment_again_changes_nothing(database: TestDatabase) -> None:
    version = "select sum(data_version) from domains"
    async with database.opened() as opened:
        await load.load(opened, MORNING, days=2)
        before = await figures(database, version)
        await load.load(opened, MORNING, days=2)
    assert await figures(database, version) == before


async def test_a_load_that_was_interrupted_is_made_up_for(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Callable[[date, datetime], Iterator[CallRecord]] = generator.calls

    def broken(day: date, now: datetime) -> Iterator[CallRecord]:
        if day == generator.today(EVENING):
            raise Interrupted
        return made(day, now)

    async with database.opened() as opened:
        with monkeypatch.context() as patched:
            patched.setattr(generator, "calls", broken)
            with pytest.raises(Interrupted):
                await load.load(opened, EVENING, days=DAYS)
        later = EVENING + timedelta(hours=1)
        await load.load(opened, later, days=DAYS)
        made_up = await stored(database)
        await emptied(database)
        await load.load(opened, later, days=DAYS)
    assert await stored(database) == made_up


async def test_the_progress_grows_to_its_end(database: TestDatabase) -> None:
    heard: list[tuple[float, str]] = []
    async with database.opened() as opened:
        await load.load(
            opened, MORNING, days=2, progress=lambda share, what: heard.append((share, what))
        )
    assert [what for _, what in heard] == ["activities"] * 2 + ["calls"] * 3
    assert [share for share, _ in heard] == pytest.approx([0, 0.35, 0.7, 0.85, 1])


async def test_tokens_are_kept_for_their_owner_and_used_again(
    database: TestDatabase, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    async with database.opened() as opened:
        await load.load(opened, MORNING, days=1)
        first = await load.demo_tokens(opened, data_dir, MORNING)
        file = data_dir / load.TOKENS
        file.chmod(0o644)
        assert await load.demo_tokens(opened, data_dir, EVENING) == first
        names = [name for name, _ in first]
        assert names == [company.DOMAIN_NAME, "sample-agents", "sample-internal"]
        for name, token in first:
            assert await opened.domain_named(name) == tokens.domain_of(token)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == "".join(f"{name} {token}\n" for name, token in first)
    assert list(data_dir.iterdir()) == [file]


async def test_a_token_that_no_longer_works_is_made_anew(
    database: TestDatabase, tmp_path: Path
) -> None:
    async with database.opened() as opened:
        await load.load(opened, MORNING, days=1)
        first = dict(await load.demo_tokens(opened, tmp_path, MORNING))
        file = tmp_path / load.TOKENS
        revoked, swapped, *others = first
        await tokens.revoke(opened, await uuid_of(opened, revoked), load.TOKEN_NAME, MORNING)
        # A token of another domain, a line without a token, and a token that is none.
        file.write_text(f"{swapped} {first[others[0]]}\nnonsense\n{revoked} {first[revoked]}\n")
        second = dict(await load.demo_tokens(opened, tmp_path, MORNING))
        assert list(second) == list(first)
        assert not set(second.values()) & set(first.values())
        for name, token in second.items():
            domain_uuid, token_hash = await uuid_of(opened, name), tokens.hash_of(token)
            async with opened.snapshot(domain_uuid, MORNING, [token_hash]) as snapshot:
                assert (await tokens.viewer(snapshot, token_hash)).role == "admin"


async def uuid_of(opened: Database, name: str) -> UUID:
    found = await opened.domain_named(name)
    assert found is not None
    return found


async def test_tokens_need_the_domains(database: TestDatabase, tmp_path: Path) -> None:
    async with database.opened() as opened:
        with pytest.raises(ConfigurationError, match=r"demo\.example is not there"):
            await load.demo_tokens(opened, tmp_path, MORNING)
