"""How fast calls come in: the import, rollup kept, against COPY into the same table in one run.

    python benchmarks/import_calls.py [CALLS]

Prints one table in Markdown: rows/s of the import and, right after it, of COPY, into an empty and
into a full domain, and their ratio; then the process's peak memory, and the median time of a batch
of one call.
"""

import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import asyncpg

from gateway.ingest.imports import import_calls, import_directory
from gateway.ingest.records import CallRecord, Directory, DomainEntry, ExtensionEntry, UserEntry
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.embedded import OWNER, SERVICE, Embedded
from gateway.store.migrate import migrate

AGENTS = 200
DAYS = 31
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
SINGLES = 100
COLUMNS = (
    "domain_uuid", "call_uuid", "started_at", "direction", "status", "duration", "billsec",
    "extension_uuid", "extension", "user_uuid", "batch_uuid",
)  # fmt: skip


def directory(domain_uuid: UUID) -> Directory:
    users = [
        UserEntry(user_uuid=uuid5(domain_uuid, f"user {n}"), username=f"agent{n}")
        for n in range(AGENTS)
    ]
    extensions = [
        ExtensionEntry(
            extension_uuid=uuid5(domain_uuid, f"extension {n}"),
            extension=str(1000 + n),
            user_uuid=user.user_uuid,
        )
        for n, user in enumerate(users)
    ]
    return Directory(
        domain=DomainEntry(
            domain_uuid=domain_uuid,
            domain_name=str(domain_uuid),
            time_zone="Asia/Ho_Chi_Minh",
        ),
        users=users,
        extensions=extensions,
    )


def records(count: int, seed: int) -> Iterator[CallRecord]:
    """Calls in the order of their start, as a phone system writes them."""
    chance = random.Random(seed)
    for number in range(count):
        answered = chance.random() < 0.7
        duration = chance.randrange(5, 400)
        yield CallRecord(
            call_uuid=UUID(int=chance.getrandbits(128)),
            started_at=FIRST + timedelta(seconds=number * DAYS * 86_400 // count),
            direction="inbound" if chance.random() < 0.5 else "outbound",
            status="answered" if answered else "no_answered",
            duration=duration,
            billsec=duration // 2 if answered else 0,
            extension=str(1000 + chance.randrange(AGENTS)),
        )


async def copied(url: str, domain_uuid: UUID, count: int, seed: int) -> float:
    """Rows/s of COPY of such calls, made as it goes as the import's are, with all that the table's
    indexes cost.
    """
    found = directory(domain_uuid)
    keys = {
        entry.extension: (entry.extension_uuid, entry.user_uuid) for entry in found.extensions or ()
    }

    def rows() -> Iterator[tuple[object, ...]]:
        for record in records(count, seed):
            extension_uuid, user_uuid = keys[record.extension or ""]
            yield (
                domain_uuid, record.call_uuid, record.started_at, record.direction, record.status,
                record.duration, record.billsec, extension_uuid, record.extension, user_uuid,
                domain_uuid,
            )  # fmt: skip

    connection = await asyncpg.connect(url)
    try:
        began = time.perf_counter()
        await connection.copy_records_to_table("calls", records=rows(), columns=COLUMNS)
        return count / (time.perf_counter() - began)
    finally:
        await connection.close()


async def imported(database: Database, domain_uuid: UUID, count: int, seed: int) -> float:
    began = time.perf_counter()
    await import_calls(database, domain_uuid, records(count, seed), "bench", datetime.now(UTC))
    return count / (time.perf_counter() - began)


async def single(database: Database, domain_uuid: UUID) -> float:
    """Median milliseconds of a batch of one call."""
    times = []
    for number in range(SINGLES):
        began = time.perf_counter()
        one = records(1, 1000 + number)
        await import_calls(database, domain_uuid, one, "bench", datetime.now(UTC))
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


async def made(database: Database) -> UUID:
    domain_uuid = uuid4()
    await import_directory(database, directory(domain_uuid), datetime.now(UTC))
    return domain_uuid


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with Embedded(Path(folder)) as server:
            await migrate(server.url(OWNER), SERVICE)
            async with Database(lambda: server.url(SERVICE), Settings()) as database:
                domain, twin = await made(database), await made(database)
                rates = {}
                for seed, state in enumerate(("an empty", "a full")):
                    rates[state] = (
                        await imported(database, domain, count, 2 * seed),
                        await copied(server.url(OWNER), twin, count, 2 * seed + 1),
                    )
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                latency = await single(database, domain)
    print(f"| {count:,} calls into | import, rows/s | COPY, rows/s | ratio |")
    print("| --- | --- | --- | --- |")
    for state, (rate, copy) in rates.items():
        print(f"| {state} domain | {rate:,.0f} | {copy:,.0f} | {rate / copy:.2f} |")
    print(f"\npeak memory of the importing process {peak:.0f} MB;")
    print(f"a batch of one call, median of {SINGLES}: {latency:.1f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
