"""Whether the database answers, seen on a connection of its own that waits behind nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from gateway.errors import DatabaseUnavailableError
from gateway.store import migrate
from gateway.store.connecting import LOST

# Seconds that what was seen holds, and that a look may take.
FRESH = 1.0
LOOK = 2.0


class Lookout:
    """Looks once a second at most, however many ask."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], cut_off: Callable[[], bool]) -> None:
        self._connect = connect
        self._cut_off = cut_off
        self._connection: asyncpg.Connection[Any] | None = None
        self._turn = asyncio.Lock()
        self._until = 0.0
        self._status: migrate.Status | None = None
        self._error: BaseException | None = None

    async def status(self) -> migrate.Status:
        """At which migration the database is; DatabaseUnavailableError if it does not answer."""
        async with self._turn:
            if asyncio.get_running_loop().time() >= self._until:
                await self._look()
        if self._status is None:
            raise DatabaseUnavailableError from self._error
        return self._status

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _look(self) -> None:
        if self._cut_off():
            # That this connection stands says nothing: what others need is a new one.
            self.close()
        self._status = None
        try:
            async with asyncio.timeout(LOOK):
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._connect()
                self._status = await migrate.status(self._connection)
        except (*LOST, asyncpg.PostgresError) as error:
            self._error = error
            self.close()
        self._until = asyncio.get_running_loop().time() + FRESH
