"""Ten times as many requests as can be answered: the others are refused at once, and evenly.

Three seconds; a minute, and measured, under GATEWAY_TEST_LONG.
"""

import asyncio
import os
import statistics
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import TestDatabase
from tests.faults.arrivals import Answered, Arrivals, raw
from tests.faults.conftest import Placing

LONG = bool(os.environ.get("GATEWAY_TEST_LONG"))
SECONDS = 60 if LONG else 3
CLIENTS = 16


def goodput(answered: Sequence[Answered], seconds: float) -> float:
    return sum(each.right for each in answered) / seconds


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


def memory(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor(pid: int) -> float:
    """Seconds of a core that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_ten_times_the_capacity(placing: Placing, database: TestDatabase) -> None:
    # Without the network that fails: it runs in this process, as the load does.
    async with placing(url=database.service_url, GATEWAY_LOG_LEVEL="warning") as place:
        load = Arrivals(place.served.address, raw(place.served.address, place.crowd.right))
        await load.kept_busy(CLIENTS, 1)
        measuring = 10 if LONG else 1.5
        pid = place.served.process.pid
        used = processor(pid)
        before = await load.kept_busy(CLIENTS, measuring)
        alone = sum(each.right for each in before) / (processor(pid) - used)
        assert all(each.right for each in before)
        peak = goodput(before, measuring)
        resident = memory(pid)

        used = processor(pid)
        during = await load.at_rate(10 * peak, SECONDS)
        crowded_out = sum(each.right for each in during) / (processor(pid) - used)
        crowded = memory(pid)
        refused = [each.took for each in during if not each.right]
        kept = goodput(during, SECONDS)
        served = [each.took for each in during if each.right]

        await asyncio.sleep(5 if LONG else 1)
        used = processor(pid)
        after = await load.kept_busy(CLIENTS, measuring)
        afterwards = sum(each.right for each in after) / (processor(pid) - used)
        load.close()

    figures = (
        f"peak {peak:.0f}/s, offered {len(during) / SECONDS:.0f}/s, unsent {load.unsent},"
        f" answered {kept:.0f}/s ({kept / peak:.0%}),"
        f" per second of the process's core {alone:.0f} -> {crowded_out:.0f},"
        f" refused p50 {statistics.median(refused) * 1000:.1f} p99"
        f" {quantile(refused, 0.99) * 1000:.1f} ms,"
        f" answered p50 {statistics.median(served) * 1000:.0f} p99"
        f" {quantile(served, 0.99) * 1000:.0f} ms,"
        f" memory {resident:.0f} -> {crowded:.0f} MB, after {goodput(after, measuring):.0f}/s"
    )
    if LONG:
        print(figures)  # noqa: T201  # what docs/faults.md says
    assert not {each.wrong for each in (*during, *after)} - {""}, figures
    assert all(each.right for each in after), figures
    # Whatever else runs takes its part of the machine; of its own part the process spends so much
    # on answers.
    assert max(kept / peak, crowded_out / alone) > 0.5, figures
    assert crowded < resident + 200, figures
    if LONG:
        assert kept / peak > 0.7, figures
        assert quantile(refused, 0.99) < 0.05, figures
        assert max(goodput(after, measuring) / peak, afterwards / alone) > 0.8, figures
