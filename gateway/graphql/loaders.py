"""Loaders: what resolvers ask of a read is gathered, and each key is read once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

Found: TypeAlias = Mapping[Any, Any]
Read: TypeAlias = Callable[[Sequence[Hashable]], Awaitable[Found]]


class Reading:
    """Keys that are read together: those asked for before the read begins."""

    def __init__(self, read: Read, found: dict[Hashable, Any]) -> None:
        """What is read comes into `found`."""
        self.keys: list[Hashable] = []
        self.begun = False
        self._read = read
        self._found = found
        self._task = asyncio.create_task(self._ended())

    async def _ended(self) -> Exception | None:
        # Those who run now, and those whom they wake, may still ask for more.
        await asyncio.sleep(0)
        self.begun = True
        try:
            self._found.update(await self._read(self.keys))
        except Exception as error:  # noqa: BLE001  # raised where a key is asked for
            return error
        return None

    async def done(self) -> None:
        # Whoever waits may be cancelled; the read goes on for the others.
        if not self._task.done():
            await asyncio.wait([self._task])
        error = self._task.result()
        if error is not None:
            raise error


class Loader:
    """One read with one set of arguments, for as long as an operation lasts."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._found: dict[Hashable, Any] = {}
        self._readings: dict[Hashable, Reading] = {}
        self._next: Reading | None = None

    async def load_many(self, keys: Sequence[Hashable]) -> list[Any]:
        """The read's answers in the order of the keys; None where it has none."""
        known, asked = self._readings, dict.fromkeys(keys)
        # Dictionaries made of one another hash no key again: a list is mostly asked for at once.
        fresh = {key: None for key in asked if key not in known} if known else asked
        if fresh:
            known.update(dict.fromkeys(fresh, self._asked_for(fresh)))
        for reading in dict.fromkeys(map(known.__getitem__, asked)):
            await reading.done()
        return [*map(self._found.get, keys)]

    def _asked_for(self, keys: Iterable[Hashable]) -> Reading:
        if self._next is None or self._next.begun:
            self._next = Reading(self._read, self._found)
        self._next.keys.extend(keys)
        return self._next
