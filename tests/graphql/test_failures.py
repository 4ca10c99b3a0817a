"""One thing goes wrong: the rest of the answer stands, and nothing is left behind."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from gateway.app import create_app
from gateway.graphql.context import Operation
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase
from tests.graphql.company import TUESDAY_ONLY, Company, company
from tests.graphql.conftest import NOW, Client, admin_token, client_of, stored
from tests.world import roll_up


@pytest.fixture
async def example(database: TestDatabase) -> Company:
    found = company()
    await stored(database, found)
    return found


async def test_one_bad_row_among_good_ones_leaves_a_partial_answer(
    database: TestDatabase, example: Company
) -> None:
    async with database.owner() as owner:
        await owner.execute("alter table users drop constraint users_level_check")
        await owner.execute("update users set level = 'emperor' where username = 'binh'")
    query = """{ users { nodes { username level groups { name users { username } }
        extension { extension user { username } } } } }"""
    async with client_of(database, example.domain_uuid) as client:
        response = await client.post(query)
    assert response.status_code == 200
    body = response.json()
    (error,) = body["errors"]
    assert error["path"] == ["users", "nodes", 1, "level"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "emperor" not in response.text
    users = {user["username"]: user for user in body["data"]["users"]["nodes"]}
    assert users["binh"]["level"] is None
    assert users["an"]["level"] == "AGENT"
    assert users["binh"]["extension"] == {"extension": "1002", "user": {"username": "binh"}}
    assert [group["name"] for group in users["an"]["groups"]] == ["North", "South"]


async def test_a_non_null_failure_does_not_cancel_what_others_wait_for(
    database: TestDatabase, example: Company
) -> None:
    """A group's kind is never null, so a bad one takes its group with it, but nothing more."""
    async with database.owner() as owner:
        await owner.execute("alter table groups drop constraint groups_kind_check")
        await owner.execute("update groups set kind = 'mob' where group_name = 'Care'")
    care = example.uuids("groups")[2]
    query = f"""{{
        bad: group(uuid: "{care}") {{ kind users {{ username groups(filter: null) {{ name }} }} }}
        good: group(uuid: "{example.uuids("groups")[0]}") {{ kind users {{ username
            groups(filter: null) {{ name }} callStats {{ totalCall }} }} }}
        same: department(uuid: "{example.uuids("departments")[1]}") {{
            groups(filter: null) {{ name users {{ username }} }} users {{ username }} }}
    }}"""
    async with client_of(database, example.domain_uuid) as client:
        for _ in range(20):
            body = (await client.post(query)).json()
            (error,) = body["errors"]
            assert error["path"] == ["bad", "kind"]
            assert body["data"]["bad"] is None
            assert len(body["data"]["good"]["users"]) == 4
            assert body["data"]["same"]["users"] == [{"username": "chi"}]


async def test_a_loader_gives_each_caller_its_own_future(
    database: TestDatabase, example: Company
) -> None:
    async def read(_: Snapshot, keys: Iterable[UUID]) -> Mapping[UUID, str]:
        await asyncio.sleep(0.01)
        return dict.fromkeys(keys, "row")

    async with database.opened() as opened, opened.snapshot(example.domain_uuid, NOW) as snapshot:
        operation = Operation(snapshot, database.settings())
        key = uuid4()
        first, second = (asyncio.ensure_future(operation.load(read, key)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == "row"
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await operation.load(read, key) == "row"


@asynccontextmanager
async def failing(monkeypatch: pytest.MonkeyPatch, statement: str) -> AsyncIterator[list[str]]:
    """That statement is ended by PostgreSQL, each time it is executed."""
    original = Snapshot._fetch_now
    seen: list[str] = []

    async def fetch(self: Snapshot, name: str, text: str, *arguments: Any, **options: Any) -> Any:
        seen.append(name)
        if name == statement:
            before, _, after = text.rpartition("from ")
            text = f"{before}from (select pg_sleep(30)) as slow, {after}"
        return await original(self, name, text, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "_fetch_now", fetch)
        yield seen


async def test_a_failed_read_does_not_spoil_the_others(
    database: TestDatabase, example: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = """query ($period: Period) { users { nodes {
        username callStats(period: $period) { totalCall } groups { name }
        dailyReports(period: $period) { totalCall } agentTime(period: $period) { loginSec } } }
        domain { callStats(period: $period) { totalCall } } }"""
    async with (
        client_of(database, example.domain_uuid, statement_timeout=0.3, pool_size=1) as client,
        failing(monkeypatch, "reads/agent_time_by_member"),
    ):
        body = (await client.post(query, period=TUESDAY_ONLY)).json()
        users = body["data"]["users"]["nodes"]
        assert {error["extensions"]["code"] for error in body["errors"]} == {"QUERY_TIMEOUT"}
        assert [error["path"] for error in body["errors"]] == [
            ["users", "nodes", number, "agentTime"] for number in range(5)
        ]
        assert users[0] == {
            "username": "an",
            "callStats": {"totalCall": 3},
            "groups": [{"name": "North"}, {"name": "South"}],
            "dailyReports": [{"totalCall": 3}],
            "agentTime": None,
        }
        assert body["data"]["domain"]["callStats"]["totalCall"] == 9


async def test_reads_after_a_failed_one_see_the_same_snapshot(
    database: TestDatabase, example: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Snapshot._recover

    async def recover(self: Snapshot) -> None:
        await original(self)
        async with database.owner() as owner:
            await owner.execute("delete from calls")

    monkeypatch.setattr(Snapshot, "_recover", recover)
    query = """query ($period: Period) { domain { agentTime(period: $period) { loginSec }
        callStats(period: $period) { totalCall } } }"""
    async with (
        client_of(database, example.domain_uuid, statement_timeout=0.3) as client,
        failing(monkeypatch, "reads/agent_time_by_member") as seen,
    ):
        body = (await client.post(query, period=TUESDAY_ONLY)).json()
        assert seen.index("reads/agent_time_by_member") < seen.index("reads/call_buckets_by_domain")
    assert body["data"]["domain"] == {"agentTime": None, "callStats": {"totalCall": 9}}
    async with database.owner() as owner:
        assert await owner.fetchval("select count(*) from calls") == 0


async def test_figures_reconcile_while_a_writer_commits_between_the_reads(
    database: TestDatabase, example: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Snapshot._fetch_now

    async def fetch(self: Snapshot, *arguments: Any, **options: Any) -> Any:
        rows = await original(self, *arguments, **options)
        async with database.owner() as owner, owner.transaction():
            await owner.execute(
                """insert into calls (domain_uuid, call_uuid, started_at, direction, status,
                    duration, billsec, user_uuid, extension_uuid, batch_uuid)
                select domain_uuid, gen_random_uuid(), started_at, direction, status, duration,
                    billsec, user_uuid, extension_uuid, batch_uuid from calls"""
            )
            await roll_up(owner, example.domain_uuid, example.time_zone)
            await owner.execute("update domains set data_version = data_version + 1")
        return rows

    query = """query ($period: Period) {
        domain { dataVersion callStats(period: $period) { totalCall }
            calls(period: $period, filter: {hasUser: false}) { totalCount nodes { uuid } } }
        users { callStats(period: $period) { totalCall }
            nodes { callStats(period: $period) { totalCall } } } }"""
    async with client_of(database, example.domain_uuid) as client:
        with monkeypatch.context() as patch:
            patch.setattr(Snapshot, "_fetch_now", fetch)
            data = await client.ask(query, period=TUESDAY_ONLY)
        assert data["domain"]["callStats"]["totalCall"] == 9
        assert data["domain"]["calls"]["totalCount"] == len(data["domain"]["calls"]["nodes"]) == 3
        of_users = [user["callStats"]["totalCall"] for user in data["users"]["nodes"]]
        assert sum(of_users) == data["users"]["callStats"]["totalCall"] == 5
        after = await client.ask(query, period=TUESDAY_ONLY)
    assert after["domain"]["callStats"]["totalCall"] > 9
    assert after["domain"]["dataVersion"] > data["domain"]["dataVersion"]


async def test_a_changed_schema_costs_no_error(database: TestDatabase, example: Company) -> None:
    query = "{ groups { nodes { name weight } } }"
    async with client_of(database, example.domain_uuid, pool_size=1) as client:
        before = await client.ask(query)
        async with database.owner() as owner:
            await owner.execute("alter table groups alter column group_weight type smallint")
        assert await client.ask(query) == before


SLOW = "{ domain { callStats { totalCall } } users { nodes { groups { name } } } }"


@asynccontextmanager
async def locked(database: TestDatabase, table: str) -> AsyncIterator[None]:
    """Nobody can read the table."""
    async with database.owner() as owner, owner.transaction():
        await owner.execute(f"lock table {table} in access exclusive mode")
        yield


async def open_transactions(owner: "asyncpg.Connection[asyncpg.Record]") -> int:
    found: int = await owner.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and application_name = 'call-statistics-gateway' and state <> 'idle'"
    )
    return found


async def assert_nothing_is_left(database: TestDatabase, client: Client) -> None:
    assert await client.ask("{ domain { name } }") == {"domain": {"name": "example"}}
    async with database.owner() as owner:
        assert await open_transactions(owner) == 0


async def test_a_request_that_takes_too_long_is_ended(
    database: TestDatabase, example: Company
) -> None:
    async with client_of(database, example.domain_uuid, request_timeout=0.5, pool_size=1) as client:
        async with locked(database, "calls"):
            response = await client.post(SLOW)
        assert response.status_code == 504
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "QUERY_TIMEOUT"}
        await assert_nothing_is_left(database, client)
        assert await client.ask(SLOW)


async def test_a_statement_that_takes_too_long_is_a_partial_answer(
    database: TestDatabase, example: Company
) -> None:
    async with client_of(
        database, example.domain_uuid, statement_timeout=0.3, pool_size=1
    ) as client:
        async with locked(database, "calls"):
            body = (await client.post(SLOW)).json()
        (error,) = body["errors"]
        assert error["extensions"] == {"code": "QUERY_TIMEOUT"}
        assert error["path"] == ["domain", "callStats"]
        assert len(body["data"]["users"]["nodes"]) == 5
        await assert_nothing_is_left(database, client)


async def test_without_a_free_connection_the_client_is_told_when_to_come_back(
    database: TestDatabase, example: Company
) -> None:
    async with client_of(database, example.domain_uuid, pool_size=1, pool_timeout=0.2) as client:
        async with locked(database, "calls"), asyncio.TaskGroup() as group:
            slow = group.create_task(client.post(SLOW))
            await asyncio.sleep(0.3)
            response = await client.post("{ domain { name } }")
            assert response.status_code == 503
            assert response.json()["errors"][0]["extensions"] == {"code": "OVERLOADED"}
            assert response.headers["retry-after"] == "1"
            assert not slow.done()
            slow.cancel()
        await assert_nothing_is_left(database, client)


async def test_when_the_client_leaves_its_statement_is_ended(
    database: TestDatabase, example: Company
) -> None:
    token = await admin_token(database, example.domain_uuid)
    app = create_app(database.settings(pool_size=1), clock=lambda: NOW)
    gone = asyncio.Event()
    messages = iter([{"type": "http.request", "body": b'{"query": "%s"}' % SLOW.encode()}])
    sent: list[Any] = []

    async def receive() -> Any:
        for message in messages:
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [
        (b"authorization", f"Bearer {token}".encode()),
        (b"content-type", b"application/json"),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": headers,
    }
    async with app.router.lifespan_context(app):
        async with locked(database, "calls"):
            asked = asyncio.ensure_future(app(scope, receive, send))
            await asyncio.sleep(0.5)
            assert not asked.done()
            gone.set()
            async with asyncio.timeout(3):
                await asked
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as http:
            http.headers["authorization"] = f"Bearer {token}"
            await assert_nothing_is_left(database, Client(http))


async def test_who_reads_after_the_end_does_not_touch_the_next_ones_connection(
    database: TestDatabase, example: Company
) -> None:
    late: list[asyncio.Future[Any]] = []

    def begin(snapshot: Snapshot) -> None:
        late.append(asyncio.ensure_future(snapshot.rows("users_ever")))

    async with database.opened(pool_size=1) as opened:
        for _ in range(20):
            async with opened.snapshot(example.domain_uuid, NOW) as snapshot:
                snapshot.viewer = Viewer(example.domain_uuid, Role.ADMIN, uuid4(), "test")
                begin(snapshot)
                asyncio.get_running_loop().call_soon(begin, snapshot)
                asyncio.get_running_loop().call_soon(
                    asyncio.get_running_loop().call_soon, begin, snapshot
                )
        ended = await asyncio.gather(*late, return_exceptions=True)
        assert {type(each) for each in ended} == {asyncio.CancelledError}
        async with opened.snapshot(example.domain_uuid, NOW) as snapshot:
            assert snapshot.domain["name"] == "example"
        async with database.owner() as owner:
            assert await open_transactions(owner) == 0


# Those that are ended before they began leave coroutines of the core that nobody awaited.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_many_that_are_ended_leave_nothing(database: TestDatabase, example: Company) -> None:
    """Requests that end in the midst of everything: the pool stays as good as new."""
    query = """{ domain { callStats(period: {preset: LAST_30_DAYS}) { totalCall } }
        users { nodes { groups { users { extensions { user { groups { name } } } } } } } }"""
    async with client_of(database, example.domain_uuid, pool_size=2) as client:
        await client.ask(query)
        for number in range(60):
            asked = asyncio.ensure_future(client.post(query))
            await asyncio.sleep(number * 0.0005)
            asked.cancel()
            await asyncio.wait([asked])
        assert await client.ask(query)
        await assert_nothing_is_left(database, client)
    gc.collect()
