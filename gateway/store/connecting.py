"""Connections to PostgreSQL: made where it serves, soon found dead, not tried for in a crowd."""

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from weakref import WeakKeyDictionary

import asyncpg

from gateway.log import logger
from gateway.store.rows import Row

# What is raised when the server is gone. The last: its last words have come, but not yet the
# connection's end.
LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# Seconds that a living server needs at most to end a statement or a transaction.
ENDING = 1.0
# After a failure: the first pause, which doubles, and the longest.
PAUSE, LONGEST_PAUSE = 0.05, 1.0
# After so many questions without an answer, none is waited for on any connection.
SILENCES = 3
# A peer that is gone without a word is found out within about ten seconds.
LIVENESS = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 4),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 2),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 10_000),
)
# So that a statement ends whose client is gone. Some platforms cannot.
NOTICE_LEAVING = "set client_connection_check_interval = 1000"
# Whom the server waits for: who is idle, or in the middle of preparing a statement (and active).
WAITING = """
    select pid from pg_stat_activity where pid = any($1::integer[]) and wait_event = 'ClientRead'
"""

_log = logger(__name__)


class PooledConnection(asyncpg.Connection):
    """Released without a RESET: the tenant is set for a transaction only, nothing else ever is."""

    def __init__(self, protocol: Any, transport: asyncio.BaseTransport, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        found = transport.get_extra_info("socket")
        if found is not None and found.family != socket.AF_UNIX:
            for level, name, value in LIVENESS:
                # Not every platform has them all.
                with contextlib.suppress(AttributeError, OSError):
                    found.setsockopt(level, getattr(socket, name), value)

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  # the driver's
        # Of a transaction that was cancelled as it began the driver still thinks that it is open.
        self._top_xact = None
        if self.is_in_transaction():
            await self.execute("rollback", timeout=timeout)

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        # The same words to the server, without waiting for one that may be gone.
        self.terminate()


class Dialer:
    """Opens connections. After a failure one attempt at a time is made, after a growing pause, and
    meanwhile whoever needs a connection is told at once what the last attempt met.
    """

    def __init__(self, url: Callable[[], str], seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._failures = self._silences = 0
        self._trying = False
        self._not_before = 0.0
        self._error = self._good = ""
        self._made: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    @property
    def failing(self) -> bool:
        return self._failures > 0

    async def connect(self, *_: Any, **options: Any) -> "asyncpg.Connection[Row]":
        loop = asyncio.get_running_loop()
        if self.failing and (self._trying or loop.time() < self._not_before):
            raise ConnectionError(self._error)
        self._trying = True
        connection: asyncpg.Connection[Row]
        began = loop.time()
        others = [*self._made]
        try:
            # Asked for each time: the embedded server's address may change when it starts again.
            addresses = hosts(self._url())
            # Where it went well last time first: one that is gone costs its share of the time.
            addresses.sort(key=lambda address: address != self._good)
            self._good, connection = await first_of(addresses, self._seconds, **options)
            if self._silences:
                await self._part_from_waiting(others, connection)
        except (asyncio.CancelledError, TimeoutError):
            # Of one that was soon given up nobody knows what the server would have said.
            if loop.time() - began > self._seconds / 2:
                self._failed("no answer")
                self.silent()
            raise
        except Exception as error:
            self._failed(str(error) or type(error).__name__)
            raise
        finally:
            self._trying = False
        if self.failing:
            _log.info("the database lets us in again", attempts=self._failures + 1)
        self._failures = 0
        self.heard()
        self._made[connection] = self._good
        # Another host serves now: nothing comes from the former any more, or nothing new.
        self._drop(address for address in addresses if address != self._good)
        return connection

    def _failed(self, error: str) -> None:
        pause = min(LONGEST_PAUSE, PAUSE * 2 ** min(self._failures, 10))
        # Not all processes at the same moment.
        pause *= random.uniform(0.5, 1)  # noqa: S311  # nothing secret
        self._not_before = asyncio.get_running_loop().time() + pause
        if not self.failing or error != self._error:
            _log.warning("no connection to the database", error=error)
        self._failures += 1
        self._error = error

    def silent(self) -> None:
        """The server did not answer what a living one answers at once."""
        self._silences += 1
        if self._silences >= SILENCES:
            self._drop(self._made.values())

    def heard(self) -> None:
        """It did."""
        self._silences = 0

    async def _part_from_waiting(
        self, others: Iterable["asyncpg.Connection[Row]"], connection: "asyncpg.Connection[Row]"
    ) -> None:
        """After a silence those at which the server waits for us are ended: whoever waits there for
        the server, waits for an answer that was lost, or was never asked for.
        """
        pids = {other.get_server_pid(): other for other in others if not other.is_closed()}
        # Those that it does not show are left: they may be another server's.
        with ended_by_failure(connection), contextlib.suppress(asyncpg.InsufficientPrivilegeError):
            for row in await connection.fetch(WAITING, [*pids], timeout=self._seconds):
                pids[row["pid"]].terminate()

    def _drop(self, addresses: Iterable[str]) -> None:
        those = set(addresses)
        for connection, address in [*self._made.items()]:
            if address in those:
                connection.terminate()


async def first_of(addresses: list[str], seconds: float, **options: Any) -> tuple[str, Any]:
    """The first of the addresses that serves, and a connection to it. Each has its share of the
    time, so that one which does not even refuse leaves some for the next.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + seconds
    for left in range(len(addresses), 0, -1):
        address, share = addresses[-left], max(0.01, (ends - clock()) / left)
        try:
            connection: asyncpg.Connection[Row] = await asyncpg.connect(
                address, timeout=share, **options
            )
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.InternalClientError):
            if left == 1:
                raise
        else:
            break
    with ended_by_failure(connection), contextlib.suppress(asyncpg.PostgresError):
        await connection.execute(NOTICE_LEAVING, timeout=share)
    return address, connection


@contextlib.contextmanager
def ended_by_failure(connection: "asyncpg.Connection[Row]") -> Iterator[None]:
    """A connection that nobody has yet is not left open."""
    try:
        yield
    except BaseException:
        connection.terminate()
        raise


def hosts(url: str) -> list[str]:
    """The address of each host that the address names."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    user, at, named = parts.netloc.rpartition("@")
    names, ports = query.get("host", "").split(","), query.get("port", "").split(",")
    several = "," in named or len(names) > 1
    # Which standby is best shows only when all are asked.
    if not several or query.get("target_session_attrs") == "prefer-standby":
        return [url]
    if named:
        found = [parts._replace(netloc=f"{user}{at}{host}") for host in named.split(",")]
    else:
        # One port may be all hosts'.
        ports = ports * len(names) if len(ports) == 1 else ports
        found = [
            parts._replace(query=urlencode({**query, "host": host, "port": port or "5432"}))
            for host, port in zip(names, ports, strict=True)
        ]
    return [each.geturl() for each in found]
