"""The benchmark's parts work together, on data that are small: no times are tested."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import orjson
import pytest

from benchmarks import peers, usage
from benchmarks.dataset import MEASURED, Size, filled
from benchmarks.equality import DifferentError, checked, difference, meaning
from benchmarks.load import head_of, percentile
from benchmarks.measuring import Figures, Pace, Running, measured, postmaster
from benchmarks.peers import Contender, Place
from benchmarks.publish import published
from benchmarks.report import begun, markdown
from benchmarks.server import Server, ServerError
from benchmarks.session import imports
from benchmarks.targets import Extras, faster_peers, verdicts
from benchmarks.workloads import DAY, TIMELINES, TINY, WORKLOADS, Request
from gateway.store import tokens
from gateway.viewer import Role
from tests.conftest import TEMPLATE, TestDatabase
from tests.conftest import Server as Postgres

SMALL = Size("small", 2, 5000, 4000)


@pytest.fixture(scope="module")
def place(server: Postgres) -> Iterator[Place]:
    database = TestDatabase(server.embedded, "test_benchmark")
    asyncio.run(server.statement(f"create database {database.name} template {TEMPLATE}"))
    yield asyncio.run(_filled(database))
    asyncio.run(server.statement(f"drop database {database.name} with (force)"))


async def _filled(database: TestDatabase) -> Place:
    async with database.owner() as connection:
        await filled(connection, SMALL)
    async with database.opened() as opened:
        now = datetime.now(UTC)
        token = await tokens.create(opened, MEASURED, Role.ADMIN, "benchmark", now)
    return Place(database.owner_url, database.service_url, token)


@pytest.fixture(scope="module")
def running(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    logs = tmp_path_factory.mktemp("logs")
    contenders = (
        peers.gateway(place),
        peers.strawberry(place),
        peers.rows(place),
        peers.json_in_sql(place),
    )
    with ExitStack() as stack:
        yield [
            (each, stack.enter_context(_server(each, logs / f"{number}.log")))
            for number, each in enumerate(contenders)
        ]


def _server(contender: Contender, log: Path) -> Server:
    return Server(contender.name, contender.command, contender.environment, log)


def test_all_contenders_answer_alike_and_can_be_measured(
    running: list[Running], server: Postgres
) -> None:
    sizes = {workload.name: checked(running, workload) for workload in (*WORKLOADS, *TIMELINES)}
    assert all(size > 10_000 for size in sizes[DAY.name].values())
    assert len(sizes[DAY.name]) == len(running)
    assert len(sizes["rest_day"]) == len(running) - 1
    postgres = postmaster(server.embedded.data_dir)
    pace = Pace(0.2, 1, (2,), spare_slow=True)
    found = list(measured(running, TINY, sizes[TINY.name], pace, postgres))
    assert [f.contender for f in found] == [c.name for c, _ in running if not c.slow]
    assert all(f.answers and not f.wrong for f in found)
    assert all(f.peak_megabytes > 10 and f.p50_ms <= f.p99_ms for f in found)


async def test_the_days_count_as_the_calls(place: Place) -> None:
    connection = await asyncpg.connect(place.owner_url)
    try:
        days = await connection.fetchrow(
            "select sum(total_call)::int, sum(total_billsec)::int from call_days"
            " where domain_uuid = $1",
            MEASURED,
        )
        calls = await connection.fetchrow(
            "select count(*)::int, sum(billsec)::int from calls where domain_uuid = $1", MEASURED
        )
        assert days == calls
        assert calls is not None
        assert calls[0] == SMALL.measured
    finally:
        await connection.close()


def test_a_wrong_number_is_found_and_its_place_told(running: list[Running]) -> None:
    right = orjson.loads(running[0][1].ask(running[0][0].requests[DAY.name]))
    wrong = orjson.loads(running[1][1].ask(running[1][0].requests[DAY.name]))
    wrong["data"]["users"]["nodes"][7]["dailyReports"][3]["totalCall"] += 1
    assert difference(meaning(right), meaning(right)) == ""
    assert difference(meaning(right), meaning(wrong)).startswith(
        "$.users[7].dailyReports[3].totalCall: "
    )


def test_an_answer_that_is_refused_is_no_answer(running: list[Running], server: Postgres) -> None:
    contender, serving = running[0]
    refused = contender._replace(requests={TINY.name: Request("/nowhere")})
    with pytest.raises(ServerError, match="404"):
        serving.ask(refused.requests[TINY.name])
    pace = Pace(0.1, 1, (1,), spare_slow=False)
    postgres = postmaster(server.embedded.data_dir)
    (found,) = measured([(refused, serving)], TINY, {refused.name: 41}, pace, postgres)
    assert found.answers == 0
    assert found.wrong > 0


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    command = ("/bin/sh", "-c", "echo no such thing; exit 1")
    with (
        pytest.raises(ServerError, match="no such thing"),
        Server("x", command, {}, tmp_path / "l"),
    ):
        pass


def test_postgraphiles_words_mean_the_same() -> None:
    ours = {"data": {"users": {"nodes": [{"id": "a", "extension": None, "totalCall": 3}]}}}
    theirs = {"data": {"domain": {"users": [{"id": "b", "extension": [], "totalCall": "3"}]}}}
    assert meaning(ours) == meaning(theirs)
    with pytest.raises(DifferentError, match="errors"):
        meaning({"data": None, "errors": [{"message": "no"}]})


def test_heads_percentiles_and_usage() -> None:
    assert head_of(b"HTTP/1.1 200 OK\r\nContent-Le") is None
    assert head_of(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") == (True, 5, 38)
    assert head_of(b"HTTP/1.1 503 No\r\n\r\n") == (False, None, 19)
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([1], 0.99) == 1
    assert usage.peak_megabytes(1) >= 0


def _figures(contender: str, rate: float, cpu: float) -> Figures:
    return Figures(contender, "day", 32, 1, 9, 0, 700, rate, 1, 2, cpu, cpu, 100)


def test_the_targets_are_judged_and_reported() -> None:
    figures = [
        _figures("gateway", 50, 30),
        _figures("PostGraphile 5", 10, 30),
        _figures("PostGraphile 5, row security", 20, 30),
        _figures("hand-written, rows", 40, 25),
        _figures("hand-written, JSON in SQL", 60, 15),
    ]
    found = verdicts(figures, Extras(demo_seconds=2))
    day, cpu, demo = found[0], found[4], found[-1]
    assert (day.measured, day.judgement) == ("2.5 times", "**short**: 62% of the way")
    assert (cpu.measured, cpu.judgement) == ("2 times", "**short**: 50% of the way")
    assert (demo.measured, demo.judgement) == ("2 s", "reached")
    assert found[1].judgement == "not measured"
    assert faster_peers(figures) == [
        "day report, 32 connections: hand-written, JSON in SQL (1.2 times)."
    ]


def test_a_report_is_put_on_its_page_once() -> None:
    run = begun("some data", Pace(1, 1, (1,), spare_slow=False), {"Python": "3"}, datetime.now(UTC))
    run.figures.append(_figures("gateway", 50, 30))
    report = markdown(run)
    assert "| gateway | 32 | 50 | 1 | 2 | 30 | 30 | 100 | 0.7 |  |" in report
    page = published("# Page\n\ntext\n", report)
    assert page.startswith("# Page\n\ntext\n## The last full run\n")
    assert "### day report" in page
    assert published(page, report) == page


def test_the_import_is_measured() -> None:
    share, megabytes = imports(2000)
    assert share > 0
    assert megabytes > 10
