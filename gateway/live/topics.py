"""A topic: one question from one vantage, computed once for all who ask it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gateway.answers import Answer
from gateway.errors import GatewayError
from gateway.period import EVER
from gateway.store.snapshot import Snapshot
from gateway.viewer import Vantage, Viewer

if TYPE_CHECKING:
    from gateway.live.streams import Subscription

Opened: TypeAlias = Callable[[], AbstractAsyncContextManager[Snapshot]]
# How a face answers a question in a snapshot. UnavailableError: not now; any other error: never.
Ask: TypeAlias = Callable[[Opened], Awaitable[Answer]]
# Of no state of the data.
NEVER = -1


class TopicKey(NamedTuple):
    question: Hashable
    vantage: Vantage


class Topic:
    """`begun` and `done` count computations: who comes while one runs waits for the next."""

    def __init__(self, key: TopicKey, viewer: Viewer, ask: Ask) -> None:
        self.key = key
        self.viewer = viewer
        self.ask = ask
        self.subscriptions: set[Subscription] = set()
        self.answer: Answer | None = None
        self.failure: GatewayError | None = None
        # Those of the snapshot that was opened last.
        self.version = NEVER
        self.now = EVER[0]
        self.begun = 0
        self.done = 0
        # While one runs: whether somebody came, and which version is to be reached.
        self.joined = False
        self.least = NEVER
        self.computing: asyncio.Task[None] | None = None
        self._again_at: float | None = None

    def due(self, version: int, now: datetime, moment: float) -> bool:
        """Whether its answer may not be true any more, as the data and the clock stand."""
        if self.version < version:
            return True
        if self._again_at is not None:
            return moment >= self._again_at
        return self.answer is not None and not self.answer.holds(now)

    @property
    def behind(self) -> bool:
        """Whether what was just computed is not enough."""
        return self.joined or self.version < self.least

    def answered(self, answer: Answer, again_at: float | None) -> None:
        """`again_at`: when to look again at what does not hold for any time."""
        self.answer, self.failure = answer, None
        self._again_at = again_at
        self._told()

    def failed(self, error: GatewayError) -> None:
        self.failure = error
        self._told()

    def _told(self) -> None:
        self.done = self.begun
        for subscription in self.subscriptions:
            subscription.tell()
