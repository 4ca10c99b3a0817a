"""The gateway and its PostgreSQL are killed at random under reads and writes, and started again.

Twice; twenty times under GATEWAY_TEST_LONG. FAULTS_SEED chooses the victims and the moments.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.embedded import OWNER, SERVICE, Embedded
from tests.cli.test_serving import gone_within
from tests.faults.conftest import SETTINGS, TENANTS, WRITTEN, free_port
from tests.faults.crowd import BATCH, Crowd, asked_of, until, written
from tests.process import ROOT, environment, gateway
from tests.store.test_embedded import nothing_left
from tests.stress.test_kills import of_server
from tests.walls.firm import firm

LONG = bool(os.environ.get("GATEWAY_TEST_LONG"))
KILLS = 20 if LONG else 2
SEED = int(os.environ.get("FAULTS_SEED", "1"))
VICTIMS = ("gateway", "postmaster", "backend")

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks at processes through /proc"
)


class Kept:
    """A serving process that is started again whenever it was killed."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir = data_dir
        self._environment = environment(data_dir, **{**SETTINGS, "GATEWAY_PORT": str(port)})
        self._log = (data_dir.parent / "gateway.log").open("ab")
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve"],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
        )

    def kill(self, what: str) -> None:
        server, serving = of_server(self.data_dir)
        if what == "postmaster" and server is not None:
            os.kill(server, signal.SIGKILL)
        elif what == "backend" and serving:
            os.kill(serving[0], signal.SIGKILL)
        else:
            self.process.kill()
            self.process.wait()
            self.start()

    def stop(self) -> int:
        self.process.terminate()
        status = self.process.wait(30)
        self._log.close()
        return status


async def filled(data_dir: Path, http: httpx.AsyncClient) -> Crowd:
    """The tenants' data, and who asks for them."""
    tenants = {name: firm(name) for name in (*TENANTS, WRITTEN)}
    embedded = Embedded(data_dir)
    async with Database(lambda: embedded.url(SERVICE), Settings()) as opened:
        owner = await asyncpg.connect(embedded.url(OWNER))
        for each in tenants.values():
            await each.store(owner)
        await owner.close()
        asked, writer = await asked_of(opened, tenants, TENANTS, WRITTEN)
    crowd = Crowd(http, asked, writer)
    await crowd.learn()
    return crowd


async def test_no_kill_loses_or_doubles_anything(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    chance = random.Random(f"{SEED} faults")
    port = free_port()
    embedded = Embedded(data_dir)
    with nothing_left(data_dir):
        await embedded.start()
        kept = Kept(data_dir, port)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=40) as http:

            async def ready() -> bool:
                try:
                    return (await http.get("/health/ready")).status_code == 200
                except httpx.HTTPError:
                    return False

            await until(ready, 60)
            crowd = await filled(data_dir, http)
            recoveries = []
            async with crowd.busy(clients=8, writers=3) as tally:
                for _ in range(KILLS):
                    await asyncio.sleep(chance.uniform(0.2, 2))
                    kept.kill(chance.choice(VICTIMS))
                    killed = time.monotonic()

                    async def whole() -> bool:
                        return await crowd.ask() == "right"

                    await until(whole, 60)
                    recoveries.append(time.monotonic() - killed)
                await asyncio.sleep(1)
            found = await written(Embedded(data_dir).url(OWNER))
        verified = gateway(data_dir, "db", "verify", "--domain", WRITTEN)
        assert kept.stop() == 0
        await embedded.release()
    tally.check("busy", "late", *(what for what in tally.counts() if what.startswith("broken")))
    assert set(found.values()) <= {BATCH}
    assert set(tally.acknowledged) <= set(found)
    assert len(tally.acknowledged) > KILLS
    assert (verified.returncode, verified.stdout) == (0, "0 differences\n")
    assert gone_within(10, data_dir)
    if LONG:
        print(tally.counts(), f"{len(found)} batches; whole again within {max(recoveries):.1f} s")  # noqa: T201
