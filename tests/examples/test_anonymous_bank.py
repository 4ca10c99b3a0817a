"""The example on its hand-made lines; and a real month, imported, against the script's recount."""

import csv
import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from examples import anonymous_bank
from gateway.ingest import canonical, sources
from gateway.ingest.imports import import_calls, import_directory
from gateway.ingest.records import Directory
from gateway.measures import MEASURES
from gateway.period import Grain, days, zone
from gateway.store.calls import call_buckets, call_stats
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase

SCRIPT = Path(anonymous_bank.__file__)
LINES = Path(__file__).parent.parent / "data" / "anonymous_bank.txt"
DATA = "GATEWAY_TEST_BANK_DATA"
NOW = datetime(1999, 4, 1, tzinfo=UTC)
SHOWN = [name for name, measure in MEASURES.items() if measure.shown]


def test_the_files_hold_what_the_lines_say(tmp_path: Path) -> None:
    anonymous_bank.write(anonymous_bank.read(LINES), "anonymous-bank/march", tmp_path)
    with (tmp_path / "calls.csv").open(newline="") as file:
        calls = {call["source_key"]: call for call in csv.DictReader(file)}
    assert list(calls) == [str(number) for number in range(2, 14)]
    assert calls["3"] == {
        "source": "anonymous-bank/march",
        "source_key": "3",
        "started_at": "1999-03-01T09:30:00",
        "direction": "inbound",
        "status": "answered",
        "duration": "95",
        "billsec": "30",
        "extension": "202",
        "hangup_cause": "NORMAL_CLEARING",
    }
    document = json.loads((tmp_path / "directory.json").read_text())
    assert [user["username"] for user in document["users"]] == ["alma", "boris", "carmel"]
    assert [group["group_name"] for group in document["groups"]] == ["NE", "NW", "PS", "TT"]
    assert len(document["group_members"]) == 5


@pytest.mark.parametrize(
    ("line", "oddity", "figures"),
    [
        (4, "no agent's name", ("answered", "12", "5", "")),
        (6, "service time of a caller who hung up", ("busy_line", "26", "0", "")),
        (7, "service time of a phantom", ("failed", "30", "0", "")),
        (8, "negative time in the menu", ("answered", "190", "120", "201")),
        (9, "no service time", ("answered", "29", "0", "201")),
        (10, "over midnight", ("answered", "100", "90", "203")),
        (11, "no time at all", ("busy_line", "0", "0", "")),
        (13, "negative wait in all", ("busy_line", "0", "0", "")),
    ],
)
def test_an_oddity(line: int, oddity: str, figures: tuple[str, ...]) -> None:
    calls = {
        call["source_key"]: call
        for call in anonymous_bank.calls(anonymous_bank.read(LINES), "march")
    }
    call = calls[str(line)]
    found = (call["status"], call["duration"], call["billsec"], call["extension"])
    assert tuple(map(str, found)) == figures, oddity


def test_it_says_what_it_did_with_each_oddity(tmp_path: Path) -> None:
    packed = tmp_path / "march.txt.gz"
    packed.write_bytes(gzip.compress(LINES.read_bytes()))
    told = run(str(packed), str(tmp_path / "out")).splitlines()
    assert [int(line.split()[0]) for line in told] == [12, 1, 1, 1, 1, 0, 2, 1, 0, 2, 1, 1]
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"calls.csv", "directory.json"}


def test_a_recount_of_the_lines() -> None:
    recount = json.loads(run(str(LINES), "--recount"))
    assert recount["domain"] == {
        "total_call": 12,
        "total_inbound": 12,
        "total_answered": 7,
        "total_busy_line": 4,
        "total_failed": 1,
        "total_duration": 4870,
        "total_billsec": 4565,
        "total_waitsec": 305,
        "total_answered_waitsec": 203,
    }
    alma = recount["days"]["ALMA"]
    assert {day: of["total_duration"] for day, of in alma.items()} == {
        "1999-03-01": 130,
        "1999-03-02": 219,
    }
    # Boris served two services: each of their groups has all of his calls.
    assert recount["groups"]["PS"]["total_call"] == 5
    assert recount["groups"]["NE"]["total_call"] == 5
    assert recount["groups"]["TT"] == {}


def test_a_line_of_something_else_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(LINES.read_text().replace("PHANTOM", "GHOST"))
    with pytest.raises(SystemExit, match=r"line 7 .*GHOST"):
        anonymous_bank.read(wrong)


def run(*arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], check=True, capture_output=True, text=True
    )
    return ran.stdout


class Month:
    """The recount of a file whose canonical files were imported, and the reports over it."""

    def __init__(self, snapshot: Snapshot, file: Path) -> None:
        self.snapshot = snapshot
        self.recount = anonymous_bank.recount(file)
        self.days = sorted({line.started_at.date() for line in anonymous_bank.read(file)})
        self.period = days(self.days[0], self.days[-1], zone(anonymous_bank.TIME_ZONE))

    async def check_agents(self) -> int:
        """Compare every agent's every day; how many agents it were."""
        agents = {anonymous_bank.user_uuid(agent): agent for agent in self.recount["agents"]}
        found = await call_buckets(self.snapshot, agents, "user", self.period, Grain.DAY, SHOWN)
        for user_uuid, agent in agents.items():
            expected = self.recount["days"][agent]
            assert [bucket["date"] for bucket in found[user_uuid]] == every_day(self.days)
            for bucket in found[user_uuid]:
                day = bucket["date"].isoformat()
                assert shown(bucket) == filled(expected.get(day, {})), (agent, day)
        return len(agents)

    async def check_groups(self) -> int:
        groups = {anonymous_bank.group_uuid(group): group for group in self.recount["groups"]}
        found = await call_stats(self.snapshot, groups, "group", self.period, SHOWN)
        for group_uuid, group in groups.items():
            assert shown(found[group_uuid]) == filled(self.recount["groups"][group]), group
        return len(groups)

    async def check_domain(self) -> None:
        keys = [anonymous_bank.DOMAIN_UUID]
        found = await call_stats(self.snapshot, keys, "domain", self.period, SHOWN)
        assert shown(found[keys[0]]) == filled(self.recount["domain"])


def every_day(of: list[date]) -> list[date]:
    return [date.fromordinal(day) for day in range(of[0].toordinal(), of[-1].toordinal() + 1)]


def shown(figures: Any) -> dict[str, int]:
    return {name: figures[name] for name in SHOWN}


def filled(counted: dict[str, int]) -> dict[str, int]:
    assert set(counted) <= set(SHOWN)
    return dict.fromkeys(SHOWN, 0) | counted


async def check(database: TestDatabase, file: Path, out: Path) -> dict[str, int]:
    """Import the file's canonical files and compare all reports with the recount."""
    run(str(file), str(out))
    document = msgspec.json.decode((out / "directory.json").read_bytes(), type=Directory)
    async with database.opened() as opened:
        await import_directory(opened, document, NOW)
        with sources.opened(str(out / "calls.csv")) as source:
            counts = await import_calls(
                opened, anonymous_bank.DOMAIN_UUID, canonical.calls(source, "csv"), "bank", NOW
            )
        async with opened.snapshot(anonymous_bank.DOMAIN_UUID, NOW) as snapshot:
            domain_uuid = anonymous_bank.DOMAIN_UUID
            snapshot.viewer = Viewer(domain_uuid, Role.ADMIN, domain_uuid, "test")
            month = Month(snapshot, file)
            agents, groups = await month.check_agents(), await month.check_groups()
            await month.check_domain()
    return {
        "read": counts.read,
        "new": counts.new,
        "rejected": counts.rejected,
        "agents": agents,
        "groups": groups,
    }


async def test_the_reports_over_the_lines_equal_the_recount(
    database: TestDatabase, tmp_path: Path
) -> None:
    found = await check(database, LINES, tmp_path)
    assert found == {"read": 12, "new": 12, "rejected": 0, "agents": 3, "groups": 4}


@pytest.mark.skipif(DATA not in os.environ, reason=f"{DATA} names no directory with the real month")
async def test_the_reports_over_a_real_month_equal_the_recount(
    database: TestDatabase, tmp_path: Path
) -> None:
    found = await check(database, Path(os.environ[DATA]) / "february.txt.gz", tmp_path)
    assert found == {"read": 33_344, "new": 33_344, "rejected": 0, "agents": 24, "groups": 6}
