"""Several processes: however their supervisor is ended, none of them is left."""

import asyncio
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_workers import children
from tests.faults.conftest import Place, Placing
from tests.faults.crowd import until
from tests.faults.test_clients import GRACE, stuck

TWO = {"GATEWAY_WORKERS": "2"}
# Of a process one request at most waits for a table: where two do, each process has one.
ONE_EACH = {**TWO, "GATEWAY_POOL_SIZE": "1", "GATEWAY_POOL_TIMEOUT": "20"}

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks at processes through /proc"
)


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


async def ended(place: Place) -> None:
    await asyncio.to_thread(place.served.process.wait, 20)


async def test_a_second_signal_ends_all_at_once(placing: Placing) -> None:
    async with placing(**ONE_EACH, GATEWAY_DRAIN_TIMEOUT="20") as place:
        before = children(place.served)
        async with stuck(place, 2, "broken", asked=20):
            place.served.process.send_signal(signal.SIGTERM)
            # It looks at its signals twice a second.
            await asyncio.sleep(1.2)
            assert alive(before) == before
            began = time.monotonic()
            place.served.process.send_signal(signal.SIGTERM)
            await ended(place)
            assert time.monotonic() - began < GRACE
            assert not alive(before)
        assert place.served.process.returncode == 128 + signal.SIGTERM


async def test_two_signals_while_one_process_replaces_another(placing: Placing) -> None:
    """What the supervisor waits for then is neither its start nor its end."""
    async with placing(**ONE_EACH, GATEWAY_DRAIN_TIMEOUT="20") as place:
        before = children(place.served)
        async with stuck(place, 2, "broken", asked=20):
            place.served.process.send_signal(signal.SIGHUP)

            async def replacing() -> bool:
                return len(children(place.served)) == 3

            await until(replacing)
            for _ in range(2):
                place.served.process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.1)
            began = time.monotonic()
            await ended(place)
            assert time.monotonic() - began < GRACE
        assert not alive(before)
        assert place.served.process.returncode == 128 + signal.SIGTERM


async def test_no_process_outlives_its_supervisor(placing: Placing) -> None:
    async with placing(**TWO) as place:
        before = children(place.served)
        place.served.process.kill()
        await ended(place)

        async def gone() -> bool:
            return not alive(before)

        await until(gone)
