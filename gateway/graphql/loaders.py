"""Loaders: what resolvers ask of a read is gathered, and each key is read once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

Found: TypeAlias = Mapping[Any, Any]


class Reading:
    """Keys that are read together: those asked for before the read begins."""

    def __init__(self, read: Callable[[Sequence[Hashable]], Awaitable[Found]]) -> None:
        self.keys: list[Hashable] = []
        self.begun = False
        self._read = read
        self._task = asyncio.create_task(self._found())

    async def _found(self) -> Found | Exception:
        # Those who run now, and those whom they wake, may still ask for more.
        await asyncio.sleep(0)
        self.begun = True
        try:
            return await self._read(self.keys)
        except Exception as error:  # noqa: BLE001  # raised where a key is asked for
            return error

    async def done(self) -> None:
        # Whoever waits may be cancelled; the read goes on for the others.
        if not self._task.done():
            await asyncio.wait([self._task])

    @property
    def found(self) -> Found:
        found = self._task.result()
        if isinstance(found, Exception):
            raise found
        return found


class Loader:
    """One read with one set of arguments, for as long as an operation lasts."""

    def __init__(self, read: Callable[[Sequence[Hashable]], Awaitable[Found]]) -> None:
        self._read = read
        self._readings: dict[Hashable, Reading] = {}
        self._next: Reading | None = None

    async def load_many(self, keys: Sequence[Hashable]) -> list[Any]:
        """The read's answers in the order of the keys; None where it has none."""
        readings = [self._readings.get(key) or self._begun(key) for key in keys]
        different = dict.fromkeys(readings)
        for reading in different:
            await reading.done()
        found = {reading: reading.found for reading in different}
        return [found[reading].get(key) for reading, key in zip(readings, keys, strict=True)]

    def _begun(self, key: Hashable) -> Reading:
        if self._next is None or self._next.begun:
            self._next = Reading(self._read)
        self._readings[key] = self._next
        self._next.keys.append(key)
        return self._next
