"""Answers kept while they are true, and equal questions computed once.

An answer is known by its question, by what its viewer may see and by its domain's `data_version`,
which every committed write raises and every snapshot reads: a kept one is never stale. One that
depends on the clock holds as long as the snapshot says; one that counts until now is not kept.
"""

import asyncio
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from gateway.encoding import encoded
from gateway.store.snapshot import Snapshot
from gateway.viewer import Vantage

# What an answer takes beside its text, and its text with all its encodings.
OVERHEAD = 1000
ENCODED = 1.5
# A larger part of the room for one answer would push out too many others.
LARGEST = 4
MOST_PASSING = 1000


class Key(NamedTuple):
    """All that an answer depends on, but for the clock."""

    question: Hashable
    vantage: Vantage
    data_version: int

    @classmethod
    def of(cls, question: Hashable, snapshot: Snapshot) -> "Key":
        return cls(question, snapshot.viewer.vantage, snapshot.domain["data_version"])


class Answer:
    """A whole answer's text, and its encodings once they were asked for.

    It is so from `since` to `until`, if nobody writes meanwhile.
    """

    def __init__(self, body: bytes, since: datetime, until: datetime) -> None:
        self.body = body
        self.since = since
        self.until = until
        self._encoded: dict[str, bytes] = {}

    @cached_property
    def tag(self) -> str:
        return f'W/"{hashlib.blake2b(self.body, digest_size=16).hexdigest()}"'

    def holds(self, now: datetime) -> bool:
        return self.since <= now < self.until

    def encoded(self, encoding: str) -> bytes:
        if not encoding:
            return self.body
        if encoding not in self._encoded:
            self._encoded[encoding] = encoded(self.body, encoding)
        return self._encoded[encoding]


class _Kept(NamedTuple):
    answer: Answer
    size: int


class Answers:
    """At most about `room` bytes, with encodings: the least recently used is forgotten first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._size = 0
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._computing: dict[Key, asyncio.Future[None]] = {}
        self._passing: OrderedDict[Key, None] = OrderedDict()
        # How many answers to a question are kept or being computed, whoever asks.
        self._questions: Counter[Hashable] = Counter()

    def look(self, key: Key, now: datetime) -> Answer | Awaitable[None] | None:
        """The answer; or whom to wait for, who computes it now; or None, to compute it."""
        kept = self._kept.get(key)
        if kept is not None and kept.answer.holds(now):
            self._kept.move_to_end(key)
            return kept.answer
        # Those that wait for what is not going to be kept would only wait for each other.
        computing = None if key in self._passing else self._computing.get(key)
        return None if computing is None else asyncio.shield(computing)

    def may_have(self, question: Hashable) -> bool:
        """Whether an answer to that question, maybe somebody else's, is kept or being computed."""
        return question in self._questions

    @contextmanager
    def computing(self, key: Key) -> Iterator[None]:
        """Others with the same question wait meanwhile."""
        if not self._room or key in self._computing:
            yield
            return
        done = self._computing[key] = asyncio.get_running_loop().create_future()
        self._questions[key.question] += 1
        try:
            yield
            if key not in self._kept:
                self._passing[key] = None
                while len(self._passing) > MOST_PASSING:
                    self._passing.popitem(last=False)
        finally:
            del self._computing[key]
            self._less(key.question)
            done.set_result(None)

    @property
    def size(self) -> int:
        """About how many bytes are kept."""
        return self._size

    def keep(self, key: Key, answer: Answer, now: datetime) -> None:
        """Keep the answer, if it still holds and has room."""
        size = OVERHEAD + int(len(answer.body) * ENCODED)
        if not answer.holds(now) or size > self._room // LARGEST:
            return
        self._forget(key)
        self._kept[key] = _Kept(answer, size)
        self._questions[key.question] += 1
        self._size += size
        while self._size > self._room:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size -= kept.size
            self._less(key.question)

    def _less(self, question: Hashable) -> None:
        self._questions[question] -= 1
        if not self._questions[question]:
            del self._questions[question]
