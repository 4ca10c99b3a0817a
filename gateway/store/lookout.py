"""Whether the database answers, seen on a connection of its own that waits behind nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from gateway.errors import DatabaseUnavailableError
from gateway.store import migrate
from gateway.store.connecting import LOST, Dialer

# Seconds that what was seen holds, and what was not seen.
FRESH, MISSED = 1.0, 0.5


class Lookout:
    """Looks once a second at most, however many ask, and for so many seconds."""

    def __init__(
        self,
        dialer: Dialer,
        connect: Callable[[], Awaitable[Any]],
        cut_off: Callable[[], bool],
        seconds: float,
    ) -> None:
        self._dialer = dialer
        self._connect = connect
        self._cut_off = cut_off
        self._seconds = seconds
        self._connection: asyncpg.Connection[Any] | None = None
        self._turn = asyncio.Lock()
        self._until = 0.0
        self._status: migrate.Status | None = None
        self._error: BaseException | None = None
        self._looking: asyncio.Task[None] | None = None

    async def status(self) -> migrate.Status:
        """At which migration the database is; DatabaseUnavailableError if it does not answer."""
        await self._look()
        if self._status is None:
            raise DatabaseUnavailableError from self._error
        return self._status

    def look(self) -> None:
        """See to it that somebody looks: whoever works may be waiting for a dead server."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self._part()

    def _part(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _look(self) -> None:
        clock = asyncio.get_running_loop().time
        async with self._turn:
            if clock() >= self._until:
                self._status = await self._seen()
                self._until = clock() + (FRESH if self._status else MISSED)

    async def _seen(self) -> migrate.Status | None:
        if self._cut_off():
            # That this connection stands says nothing: what others need is a new one.
            self._part()
        try:
            async with asyncio.timeout(self._seconds):
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._connect()
                found = await migrate.status(self._connection)
        except (*LOST, asyncpg.PostgresError) as error:
            if self._connection is not None and isinstance(error, TimeoutError):
                self._dialer.silent()
            self._error = error
            self._part()
            return None
        self._dialer.heard()
        return found
