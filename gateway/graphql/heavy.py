"""Heavy operations: a few at a time, so that light ones are not kept waiting behind them."""

import asyncio
from collections.abc import Generator
from typing import Any, Self

from gateway.errors import UnavailableError
from gateway.settings import Settings


class Heavy:
    """What a process lets in; the others wait in the order in which they came. They may take half
    of the places that requests have, and leave the rest to light ones.
    """

    def __init__(self, settings: Settings) -> None:
        self.cost = settings.heavy_cost
        self.room = asyncio.Semaphore(settings.heavy_at_once)
        self.running = self.waiting = self.refused = 0
        self.most_waiting = max(1, settings.requests_at_once // 2)


class Turn:
    """A request's: given once, to who awaits it, and kept until its block ends."""

    def __init__(self, heavy: Heavy) -> None:
        self._heavy = heavy
        self._given = False

    def must_wait(self, cost: int) -> bool:
        """Whether an operation of that cost cannot run now."""
        return self._needed(cost) and self._heavy.room.locked()

    async def given(self, cost: int) -> bool:
        """Whether an operation of that cost may run now."""
        if self.must_wait(cost):
            return False
        if self._needed(cost):
            await self
        return True

    def _needed(self, cost: int) -> bool:
        return not self._given and cost >= self._heavy.cost

    def __await__(self) -> Generator[Any, None, None]:
        return self._wait().__await__()

    async def _wait(self) -> None:
        if self._heavy.waiting >= self._heavy.most_waiting:
            self._heavy.refused += 1
            raise UnavailableError
        self._heavy.waiting += 1
        try:
            await self._heavy.room.acquire()
        finally:
            self._heavy.waiting -= 1
        self._heavy.running += 1
        self._given = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._given:
            self._heavy.running -= 1
            self._heavy.room.release()
