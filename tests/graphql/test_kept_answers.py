"""Answers are kept while they are true: never stale, never another viewer's."""

import asyncio
import gzip
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from gateway.app import create_app
from gateway.ingest.imports import import_activities, import_calls
from gateway.ingest.records import ActivityRecord, CallRecord
from gateway.store import tokens
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.process import gateway, serving
from tests.walls.conftest import token_of
from tests.walls.firm import ASKERS, DAY, NOON, Firm, firm

DAY_REPORT = """query ($p: Period) {
    domain { name callStats(period: $p) { totalCall totalDuration } }
    users(first: 50) { nodes { username email callStats(period: $p) { totalCall } } } }"""
LONG = "{ users { nodes { id uuid username firstName lastName email level groups { id name } } } }"
TODAY = "{ domain { dataVersion callStats { totalCall } } }"


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Place:
    """A gateway with a clock to move; `reports` are the statements beside the token's."""

    def __init__(self, opened: Database, http: httpx.AsyncClient, clock: Clock) -> None:
        self.opened = opened
        self.http = http
        self.clock = clock
        self.reports: list[str] = []

    async def token(self, of: Firm, asker: str) -> str:
        return await token_of(self.opened, of.domain_uuid, ASKERS[asker])

    async def ask(self, token: str, query: str = DAY_REPORT, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}", **options.pop("headers", {})}
        variables = options.pop("variables", {"p": DAY})
        body = {"query": query, "variables": variables if "$p" in query else {}}
        return await self.http.post("/graphql", json=body, headers=headers)

    async def write(self, of: Firm, *records: CallRecord) -> None:
        counts = await import_calls(self.opened, of.domain_uuid, records, "test", NOON)
        assert counts.rejected == 0


@asynccontextmanager
async def placed(database: TestDatabase, *firms: Firm, **settings: Any) -> AsyncIterator[Place]:
    clock = Clock(NOON + timedelta(hours=3))
    app = create_app(database.settings(**settings), clock=clock)
    async with database.owner() as owner:
        for each in firms:
            await each.store(owner)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        database.opened() as opened,
        httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as http,
    ):
        yield Place(opened, http, clock)


@pytest.fixture
async def aurora() -> Firm:
    return firm("Aurora")


@pytest.fixture
async def place(
    database: TestDatabase, aurora: Firm, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    async with placed(database, aurora) as found:
        original = Snapshot.rows

        async def rows(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
            found.reports.append(name)
            return await original(self, name, *arguments, **options)

        monkeypatch.setattr(Snapshot, "rows", rows)
        yield found


def call(name: str, started_at: datetime = NOON, **changes: Any) -> CallRecord:
    return CallRecord(
        **{
            "source": "test",
            "source_key": name,
            "started_at": started_at,
            "direction": "outbound",
            "status": "busy",
            "duration": 1,
            "billsec": 0,
            "extension": "1001",
            **changes,
        }
    )


def total(response: httpx.Response) -> int:
    body = response.json()
    assert "errors" not in body, body
    found: int = body["data"]["domain"]["callStats"]["totalCall"]
    return found


async def test_the_same_question_is_computed_once(place: Place, aurora: Firm) -> None:
    token = await place.token(aurora, "admin")
    first = await place.ask(token)
    assert place.reports
    place.reports.clear()
    assert (await place.ask(token)).content == first.content
    # Another administrator sees the same.
    assert (await place.ask(await place.token(aurora, "boss"))).content == first.content
    assert place.reports == []


async def test_what_differs_is_not_the_same_question(place: Place, aurora: Firm) -> None:
    token = await place.token(aurora, "admin")
    queries = [
        "{ domain { name } }",
        "{ domain { uuid } }",
        "query A { domain { name } } query B { domain { uuid } }",
    ]
    bodies: list[dict[str, Any]] = [{"query": queries[0]}, {"query": queries[1]}]
    bodies += [{"query": queries[2], "operationName": name} for name in "AB"]
    for day in ("2026-03-10", "2026-03-09"):
        period = {"days": {"from": day, "to": day}}
        bodies.append({"query": DAY_REPORT, "variables": {"p": period}})
    headers = {"authorization": f"Bearer {token}"}
    for _ in range(2):
        answers = [
            (await place.http.post("/graphql", json=body, headers=headers)).json()["data"]
            for body in bodies
        ]
        assert [sorted(answer["domain"]) for answer in answers[:4]] == [
            ["name"], ["uuid"], ["name"], ["uuid"],
        ]  # fmt: skip
        assert answers[4] != answers[5]


async def test_the_first_read_after_a_commit_shows_it(place: Place, aurora: Firm) -> None:
    token = await place.token(aurora, "admin")
    before = total(await place.ask(token))
    for number in range(1, 6):
        await place.write(aurora, call(str(number)))
        assert total(await place.ask(token)) == before + number
        assert total(await place.ask(token)) == before + number


async def test_a_commit_of_another_process_shows_too(
    database: TestDatabase, aurora: Firm, tmp_path: Path
) -> None:
    async with database.owner() as owner, database.opened() as opened:
        await aurora.store(owner)
        token = await token_of(opened, aurora.domain_uuid, ASKERS["admin"])
    url = {"GATEWAY_DATABASE_URL": database.service_url}
    headers = {"authorization": f"Bearer {token}"}
    body = {"query": DAY_REPORT, "variables": {"p": DAY}}
    with serving(tmp_path / "data", **url) as served:
        async with httpx.AsyncClient(base_url=served.address, headers=headers) as http:
            before = total(await http.post("/graphql", json=body))
            for number in range(1, 4):
                file = tmp_path / f"{number}.csv"
                file.write_text(
                    "source,source_key,started_at,direction,status,duration,billsec,extension\n"
                    f"test,{number},{NOON.isoformat()},outbound,busy,1,0,1001\n"
                )
                done = await asyncio.to_thread(
                    gateway, tmp_path / "data", "import", "calls", str(file), "--domain", "Aurora",
                    **url,
                )  # fmt: skip
                assert done.returncode == 0, done.stderr
                for _ in range(2):
                    assert total(await http.post("/graphql", json=body)) == before + number


async def test_nobody_gets_anothers_answer(database: TestDatabase, aurora: Firm) -> None:
    """Everybody asks the same, several times and mixed; one gateway keeps answers, one does not."""
    tenants = {"Aurora": aurora, "Borealis": firm("Borealis")}
    async with (
        placed(database, *tenants.values(), requests_at_once=1000) as keeping,
        placed(database, kept_answers=0) as plain,
    ):
        askers = {
            (name, asker): await keeping.token(each, asker)
            for name, each in tenants.items()
            for asker in ASKERS
            if asker != "superadmin"
        }
        right = {who: (await plain.ask(token)).json() for who, token in askers.items()}
        assert len({str(answer) for answer in right.values()}) > 20
        mixed = list(askers.items()) * 3
        random.Random(5).shuffle(mixed)
        answers = await asyncio.gather(*(keeping.ask(token) for _, token in mixed))
        for (who, _), answer in zip(mixed, answers, strict=True):
            assert answer.json() == right[who], who


async def test_a_change_of_the_directory_changes_who_sees_what(
    place: Place, aurora: Firm, database: TestDatabase
) -> None:
    leader = await place.token(aurora, "lan")
    before = (await place.ask(leader)).json()
    async with database.owner() as owner, owner.transaction():
        await owner.execute("delete from group_members where user_uuid = $1", aurora.uuid("an"))
        await owner.execute("update domains set data_version = data_version + 1")
    after = (await place.ask(leader)).json()
    names = [
        {user["username"] for user in answer["data"]["users"]["nodes"]}
        for answer in (before, after)
    ]
    assert names[0] - names[1] == {"an"}


async def test_today_ends_at_midnight_and_a_clock_set_back_is_believed(
    place: Place, aurora: Firm
) -> None:
    token = await place.token(aurora, "admin")
    today = total(await place.ask(token, TODAY))
    assert today > 0
    place.clock.now = datetime(2026, 3, 10, 16, 59, 59, tzinfo=UTC)
    assert total(await place.ask(token, TODAY)) == today
    place.clock.now = datetime(2026, 3, 10, 17, tzinfo=UTC)
    assert total(await place.ask(token, TODAY)) == 0
    place.clock.now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    assert total(await place.ask(token, TODAY)) == today


@pytest.mark.parametrize(
    "query",
    [
        "{ domain { callStats(period: {lastMinutes: 5}) { totalCall } } }",
        "{ domain { callStats(period: {preset: TODAY}, shift: DAY) { totalCall } } }",
        "{ domain { callStats(period: {preset: YESTERDAY}, shift: DAY) { totalCall } } }",
        """{ domain { callStats(period: {days: {from: "2026-03-10", to: "2026-03-10"}}, shift: DAY)
            { totalCall } } }""",
        "{ domain { callBuckets(grain: HOUR) { complete totalCall } } }",
    ],
)
async def test_the_clock_is_looked_at(database: TestDatabase, aurora: Firm, query: str) -> None:
    """Asked again and again over more than a day, with and without keeping: the same."""
    async with placed(database, aurora) as keeping, placed(database, kept_answers=0) as plain:
        tokens_of = [await place.token(aurora, "admin") for place in (keeping, plain)]
        moment = NOON - timedelta(hours=9)
        for _ in range(60):
            moment += timedelta(minutes=27, seconds=13)
            keeping.clock.now = plain.clock.now = moment
            kept, fresh = [
                (await place.ask(token, query)).json()
                for place, token in zip((keeping, plain), tokens_of, strict=True)
            ]
            assert kept == fresh, moment


async def test_an_open_activity_counts_on(place: Place, aurora: Firm) -> None:
    token = await place.token(aurora, "admin")
    query = '{ user(by: {username: "an"}) { agentTime { pauseSec: totalPauseSec } } }'
    started = place.clock.now
    record = ActivityRecord(
        source="test", source_key="a", username="an", state="pause", started_at=started
    )
    await import_activities(place.opened, aurora.domain_uuid, [record], "test", NOON)
    seen = []
    for minutes in (1, 1, 5):
        place.clock.now = started + timedelta(minutes=minutes)
        seen.append((await place.ask(token, query)).json()["data"]["user"]["agentTime"]["pauseSec"])
    assert [second - seen[0] for second in seen] == [0, 0, 240]


async def test_equal_questions_at_the_same_time_are_computed_once(
    place: Place, aurora: Firm
) -> None:
    token = await place.token(aurora, "admin")
    answers = await asyncio.gather(*(place.ask(token) for _ in range(40)))
    assert len({answer.content for answer in answers}) == 1
    assert place.reports.count("call_buckets_by_domain") == 1


async def test_who_waits_for_one_that_leaves_is_answered(
    place: Place, aurora: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await place.token(aurora, "admin")
    entered = asyncio.Event()
    original = Snapshot.rows

    async def slow(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
        if name == "call_buckets_by_domain":
            entered.set()
            await asyncio.sleep(0.3)
        return await original(self, name, *arguments, **options)

    monkeypatch.setattr(Snapshot, "rows", slow)
    first = asyncio.create_task(place.ask(token))
    await entered.wait()
    others = [asyncio.create_task(place.ask(token)) for _ in range(10)]
    await asyncio.sleep(0.05)
    first.cancel()
    for answer in await asyncio.gather(*others):
        assert total(answer) > 0
    assert place.reports.count("call_buckets_by_domain") <= 2


async def test_an_answer_with_errors_is_not_kept(
    place: Place, aurora: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await place.token(aurora, "admin")
    original = Snapshot.rows

    async def broken(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
        if name == "call_buckets_by_domain":
            raise RuntimeError("broken")
        return await original(self, name, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "rows", broken)
        answers = await asyncio.gather(*(place.ask(token) for _ in range(5)))
        assert all(answer.json()["errors"] for answer in answers)
    assert total(await place.ask(token)) > 0


async def test_the_room_is_bounded(database: TestDatabase, aurora: Firm) -> None:
    async with placed(database, aurora, kept_answers=20_000) as place:
        token = await place.token(aurora, "admin")
        for number in range(60):
            query = f"{{ domain {{ a{number}: name }} }}"
            assert (await place.ask(token, query)).json()["data"]["domain"][f"a{number}"]


@pytest.mark.parametrize("kept", [0, 32_000_000])
async def test_a_get_is_conditional(database: TestDatabase, aurora: Firm, kept: int) -> None:
    async with placed(database, aurora, kept_answers=kept) as place:
        token = await place.token(aurora, "admin")
        headers = {"authorization": f"Bearer {token}"}
        first = await place.http.get("/graphql", params={"query": TODAY}, headers=headers)
        assert first.status_code == 200
        tag = first.headers["etag"]
        headers["if-none-match"] = f'"other", {tag}'
        again = await place.http.get("/graphql", params={"query": TODAY}, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        await place.write(aurora, call("new"))
        after = await place.http.get("/graphql", params={"query": TODAY}, headers=headers)
        assert after.status_code == 200
        assert after.headers["etag"] != tag
        assert total(after) == total(first) + 1
        # A POST always has an answer.
        posted = await place.ask(token, TODAY, headers={"if-none-match": "*"})
        assert posted.status_code == 200


@pytest.mark.parametrize(
    ("accepted", "used"),
    [
        ("gzip", "gzip"),
        ("zstd, gzip", "zstd"),
        ("gzip;q=1, zstd;q=0.5", "gzip"),
        ("*", "zstd"),
        ("br", None),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("", None),
        ("gzip;q=x", None),
    ],
)
async def test_answers_are_encoded_as_the_client_wants(
    place: Place, aurora: Firm, accepted: str, used: str | None
) -> None:
    token = await place.token(aurora, "admin")
    plain = await place.ask(token, LONG, headers={"accept-encoding": "identity"})
    assert len(plain.content) > 1500
    for _ in range(2):
        request = place.http.build_request(
            "POST",
            "/graphql",
            json={"query": LONG},
            headers={"authorization": f"Bearer {token}", "accept-encoding": accepted},
        )
        response = await place.http.send(request, stream=True)
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
        assert response.headers.get("content-encoding") == used
        assert "Accept-Encoding" in response.headers["vary"]
        if used == "gzip":
            raw = gzip.decompress(raw)
        elif used == "zstd":
            raw = zstandard.ZstdDecompressor().decompress(raw)
        assert raw == plain.content


async def test_a_revoked_token_gets_nothing_kept(place: Place, aurora: Firm) -> None:
    token = await tokens.create(
        place.opened, aurora.domain_uuid, Role.ADMIN, "short", NOON, NOON + timedelta(hours=4)
    )
    assert total(await place.ask(token)) > 0
    place.clock.now = NOON + timedelta(hours=5)
    assert (await place.ask(token)).status_code == 401
