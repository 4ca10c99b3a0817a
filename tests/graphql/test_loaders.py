"""Loaders: what is asked of a read at one moment is read once."""

import asyncio
import weakref
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pytest

from gateway.graphql.loaders import Loader


class Read:
    """Answers each key with itself twice, and remembers what it was asked together."""

    def __init__(self) -> None:
        self.asked: list[list[Hashable]] = []
        self.failure: Exception | None = None

    async def __call__(self, keys: Sequence[Hashable]) -> Mapping[Any, Any]:
        self.asked.append([*keys])
        await asyncio.sleep(0.01)
        if self.failure:
            raise self.failure
        return {key: (key, key) for key in keys if key != "unknown"}


async def test_keys_of_one_moment_are_read_together_and_each_once() -> None:
    read = Read()
    loader = Loader(read)
    found = await asyncio.gather(loader.load_many([1, 2, 1]), loader.load_many([2, "unknown"]))
    assert [*found] == [[(1, 1), (2, 2), (1, 1)], [(2, 2), None]]
    assert await loader.load_many([2, 3]) == [(2, 2), (3, 3)]
    assert await loader.load_many([]) == []
    assert read.asked == [[1, 2, "unknown"], [3]]


async def test_a_key_that_is_asked_for_while_others_are_read_is_read_next() -> None:
    read = Read()
    loader = Loader(read)
    first = asyncio.create_task(loader.load_many([1]))
    await asyncio.sleep(0.005)
    assert await loader.load_many([1, 2]) == [(1, 1), (2, 2)]
    await first
    assert read.asked == [[1], [2]]


async def test_a_failed_read_is_the_error_of_its_keys_only() -> None:
    read = Read()
    loader = Loader(read)
    read.failure = ValueError("no")
    failed = await asyncio.gather(
        loader.load_many([1]), loader.load_many([1, 2]), return_exceptions=True
    )
    assert [*failed] == [read.failure, read.failure]
    read.failure = None
    assert await loader.load_many([3]) == [(3, 3)]
    with pytest.raises(ValueError, match="no"):
        await loader.load_many([3, 2])


async def test_who_is_cancelled_takes_nothing_from_the_others() -> None:
    read = Read()
    loader = Loader(read)
    leaving = asyncio.create_task(loader.load_many([1]))
    staying = asyncio.create_task(loader.load_many([1]))
    await asyncio.sleep(0.005)
    leaving.cancel()
    assert await staying == [(1, 1)]
    assert leaving.cancelled()
    assert read.asked == [[1]]


async def test_what_was_read_goes_with_its_loader() -> None:
    """At once, without a collection: an answer may be large."""
    answers = [{1}]

    async def read(keys: Sequence[Hashable]) -> Mapping[Any, Any]:
        return dict.fromkeys(keys, answers[0])

    loader = Loader(read)
    assert await loader.load_many(["key"]) == [{1}]
    kept = weakref.ref(answers.pop())
    del loader
    assert kept() is None
