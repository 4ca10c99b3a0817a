"""A gateway whose PostgreSQL is behind a network that fails, two tenants, and what is right."""

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx
import pytest

from gateway.store.keeper import PORT
from tests.conftest import Server, TestDatabase
from tests.faults.crowd import Crowd, asked_of, until
from tests.faults.proxy import Proxy
from tests.process import Serving, serving
from tests.walls.firm import firm

TENANTS = ("Aurora", "Borealis")
WRITTEN = "Cumulus"

# Every question reads, and no limit but those that are tested is in the way.
SETTINGS = {
    "GATEWAY_KEPT_ANSWERS": "0",
    "GATEWAY_RATE_LIMIT": "0",
    "GATEWAY_FAILURE_LIMIT": "0",
    "GATEWAY_LOG_FORMAT": "json",
}

WAITING = """
    select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'call-statistics-gateway'
        and wait_event_type = 'Lock'
"""


class Place:
    """What a fault test works with."""

    def __init__(
        self, served: Serving, proxy: Proxy, owner: Any, watching: Any, crowd: Crowd, url: str
    ) -> None:
        self.served = served
        # Its database's.
        self.url = url
        self.proxy = proxy
        self.owner = owner
        # Of what goes on a transaction sees what it saw first.
        self.watching = watching
        self.crowd = crowd
        self.http = crowd.http

    async def waiting(self) -> int:
        """How many of the gateway's statements wait for a table."""
        found: int = await self.watching.fetchval(WAITING)
        return found

    async def live(self) -> int:
        return (await self.http.get("/health/live")).status_code

    async def ready(self) -> int:
        return (await self.http.get("/health/ready")).status_code

    async def until_ready(self, status: int = 200, seconds: float = 10) -> None:
        async def told() -> bool:
            return await self.ready() == status

        await until(told, seconds)


def through(proxy: Proxy, name: str, user: str = "gateway_service") -> str:
    return f"postgresql://{user}@127.0.0.1:{proxy.port}/{name}?sslmode=disable"


def socket_of(server: Server) -> Path:
    found = Path((server.embedded.data_dir / "address").read_text())
    return found / f".s.PGSQL.{PORT}"


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with Proxy(socket_of(server)) as found:
        yield found


Placing: TypeAlias = Callable[..., AbstractAsyncContextManager[Place]]


@pytest.fixture
def placing(database: TestDatabase, proxy: Proxy, tmp_path: Path) -> Placing:
    """A gateway with such settings; unless `known`, it cannot answer yet. `before` it starts, and
    once the data are there, something may be done.
    """

    @asynccontextmanager
    async def placed(
        *,
        known: bool = True,
        before: Callable[[], Awaitable[None]] | None = None,
        **settings: str,
    ) -> AsyncIterator[Place]:
        tenants = {name: firm(name) for name in (*TENANTS, WRITTEN)}
        async with database.owner() as owner, database.owner() as watching:
            for each in tenants.values():
                await each.store(owner)
            async with database.opened() as opened:
                asked, writer = await asked_of(opened, tenants, TENANTS, WRITTEN)
            url = quoted(settings.pop("url", through(proxy, database.name)))
            if before is not None:
                await before()
            with serving(
                tmp_path / "data", **{**SETTINGS, "GATEWAY_DATABASE_URL": url, **settings}
            ) as served:
                limits = httpx.Limits(max_connections=200, keepalive_expiry=1)
                async with httpx.AsyncClient(
                    base_url=served.address, timeout=40, limits=limits
                ) as http:
                    crowd = Crowd(http, asked, writer)
                    if known:
                        await crowd.learn()
                    yield Place(served, proxy, owner, watching, crowd, url)

    return placed


def quoted(url: str) -> str:
    return quote(url, safe=":/?&=@,%")


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """A line for each of thousands of requests would only take time."""
    logging.getLogger("httpx").setLevel(logging.WARNING)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
