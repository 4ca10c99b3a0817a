"""A long run: memory stays flat, no request fails, and every answer reconciles.

    python benchmarks/soak.py [MINUTES]

Serves demo data from an embedded PostgreSQL of its own; 32 clients ask mixed questions, one writer
posts calls every second. Prints the memory over time; exits with 1 if anything failed, if an answer
does not add up, or if memory grew by more than a tenth between the second third and the last.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
CLIENTS = 32
MOST_GROWTH = 1.1
EVERY = 5.0
DAY_REPORT = """query ($p: Period) { domain { callStats(period: $p) { totalCall totalAnswered } }
  users(first: 300) { nodes { username extension { extension } groups { name }
    callStats(period: $p) { totalCall totalAnswered totalDuration totalBillsec }
    dailyReports(period: $p) { date totalCall totalAnswered totalDuration totalBillsec } } } }"""
GROUPS = """query ($p: Period) { groups { nodes { name users { username }
    callStats(period: $p) { totalCall } dailyReports(period: $p) { date totalCall } } } }"""
TINY = "{ users(first: 1) { nodes { username } } }"
CALLS = """query ($p: Period) { domain { calls(period: $p, first: 50) { totalCount
    nodes { startedAt status user { username } } } } }"""
HOURS = "query ($p: Period) { domain { timeline(period: $p, grain: HOUR) { hour totalCall } } }"
REST = ("/v2/report/extension/summary/day", "/v3/report/call/user", "/v2/report/agent/time")


class Soak:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.ends: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def client(self, seed: int, end: float) -> None:
        chance = random.Random(seed)
        while time.monotonic() < end:
            try:
                await self._ask(chance)
            except httpx.HTTPError as error:
                self.ends[type(error).__name__] += 1

    async def _ask(self, chance: random.Random) -> None:
        if chance.random() < 0.2:
            response = await self.http.get(chance.choice(REST))
            self.ends[f"REST {response.status_code}"] += 1
            return
        query = chance.choice((DAY_REPORT, GROUPS, TINY, TINY, CALLS, HOURS))
        # Some ask the same, most do not.
        period = chance.choice(
            (
                {"preset": "LAST_30_DAYS"},
                {"preset": "TODAY"},
                {"lastMinutes": chance.randint(1, 40_000)},
            )
        )
        response = await self.http.post(
            "/graphql", json={"query": query, "variables": {"p": period} if "$p" in query else {}}
        )
        self.ends[f"GraphQL {response.status_code}"] += 1
        body = response.json()
        if "errors" in body:
            self.wrong.append(str(body["errors"])[:300])
        elif query is DAY_REPORT:
            self._check(body["data"])

    def _check(self, data: Any) -> None:
        for user in data["users"]["nodes"]:
            days = sum(day["totalCall"] for day in user["dailyReports"])
            if days != user["callStats"]["totalCall"]:
                self.wrong.append(f"{user['username']}: {days}, {user['callStats']}")

    async def writer(self, end: float) -> None:
        number = 0
        while time.monotonic() < end:
            number += 1
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            lines = [
                json.dumps({
                    "source": "soak", "source_key": f"{number}-{n}", "started_at": now,
                    "direction": "inbound", "status": "busy_line", "duration": n, "billsec": 0,
                })
                for n in range(20)
            ]  # fmt: skip
            response = await self.http.post(
                "/ingest/calls",
                content="\n".join(lines),
                headers={"content-type": "application/x-ndjson"},
            )
            self.ends[f"ingest {response.status_code}"] += 1
            await asyncio.sleep(1)


@contextmanager
def served(directory: str) -> Iterator[tuple[int, str, str]]:
    """The serving process, its address and a token."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "demo", "--days", "31"],
        cwd=ROOT,
        env={
            **os.environ,
            "GATEWAY_DATA_DIR": f"{directory}/data",
            "GATEWAY_PORT": "0",
            "GATEWAY_RATE_LIMIT": "0",
            "GATEWAY_LOG_LEVEL": "warning",
            "GATEWAY_AUDIT_LOG": f"{directory}/audit.log",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    output = process.stdout or ()
    said: dict[str, str] = {}
    for line in output:
        name, _, value = line.strip().partition(": ")
        said.setdefault(name, value)
        if name == "token":
            break
    try:
        yield process.pid, said["GraphQL"].removesuffix("/graphql"), said["token"]
    finally:
        process.terminate()
        process.wait()


def megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def watched(pid: int, end: float) -> list[float]:
    found = []
    started = time.monotonic()
    while time.monotonic() < end:
        found.append(megabytes(pid))
        print(f"{time.monotonic() - started:6.0f} s {found[-1]:8.1f} MB", flush=True)
        await asyncio.sleep(EVERY)
    return found


async def run(minutes: float) -> bool:
    with tempfile.TemporaryDirectory() as directory, served(directory) as (pid, address, token):
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as http:
            soak, end = Soak(http), time.monotonic() + minutes * 60
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watched(pid, end))
                group.create_task(soak.writer(end))
                for seed in range(CLIENTS):
                    group.create_task(soak.client(seed, end))
    third = max(1, len(watching.result()) // 3)
    first, last = (
        statistics.median(part)
        for part in (watching.result()[third : 2 * third], watching.result()[-third:])
    )
    failed = [end for end in soak.ends if not end.endswith(" 200")]
    print(dict(soak.ends), soak.wrong[:3])
    print(f"memory: {first:.1f} MB in the second third, {last:.1f} MB in the last")
    return not failed and not soak.wrong and last <= first * MOST_GROWTH


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(run(float(sys.argv[1]) if len(sys.argv) > 1 else 10)) else 1)
