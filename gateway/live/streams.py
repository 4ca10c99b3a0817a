"""Streams and what they carry: a stream holds no answer, only who has one that is not told yet."""

import asyncio
from collections.abc import Hashable
from typing import TYPE_CHECKING

from gateway.access import Admitted
from gateway.answers import Answer
from gateway.errors import ForbiddenError, GatewayError, TooManyStreamsError
from gateway.live.topics import Ask, Topic
from gateway.store.versions import Versions
from gateway.viewer import Role, Viewer

if TYPE_CHECKING:
    from gateway.live.hub import Hub


class EndedError(Exception):
    """The stream ends: for that reason, or because the process does."""

    def __init__(self, reason: GatewayError | None) -> None:
        super().__init__(reason)
        self.reason = reason


class Guest:
    """A token that has streams, and as whom it is seen."""

    def __init__(self, admitted: Admitted) -> None:
        self.admitted = admitted
        self.visitor = admitted.visitor
        self.at_home = admitted.viewer
        self.domain_uuid = admitted.domain_uuid
        self.streams: set[Stream] = set()
        self._looked_at = False

    @property
    def viewer(self) -> Viewer:
        return self.at_home.at(self.domain_uuid)

    def admitted_again(self, admitted: Admitted) -> None:
        self.seen(admitted.viewer)
        # Between an admission and the next look something may have changed.
        self._looked_at = False

    def is_unsure(self, before: Versions, found: Versions) -> bool:
        """Whether it may be another now that its home's versions are these."""
        if not self._looked_at or before.revocations != found.revocations:
            return True
        # A gateway's token of no user is what it is, whatever the directory says.
        told = self.at_home.user_uuid is not None or self.visitor.claims is not None
        return told and before.data != found.data

    def seen(self, viewer: Viewer) -> None:
        """As whom it is seen at home from now on."""
        self._looked_at = True
        before, self.at_home = self.viewer.vantage, viewer
        if self.domain_uuid != viewer.domain_uuid and viewer.role is not Role.SUPERADMIN:
            self.end(ForbiddenError())
        elif self.viewer.vantage != before:
            for stream in self.streams:
                stream.rejoin()

    def end(self, reason: GatewayError) -> None:
        for stream in self.streams:
            stream.end(reason)


class Subscription:
    """One question on a stream. It remembers which answer it was told last."""

    def __init__(self, stream: "Stream", question: Hashable, ask: Ask) -> None:
        self.stream = stream
        self.question = question
        self.ask = ask
        self.topic: Topic | None = None
        self._first = 0
        self._told: str | None = None

    def join(self, topic: Topic) -> None:
        """What is told first is no older than this."""
        self.topic = topic
        self._first = topic.begun + 1
        topic.subscriptions.add(self)

    def tell(self) -> None:
        self.stream.tell(self)

    def take(self) -> Answer | GatewayError | None:
        """The newest answer, if it is not the one that was told last."""
        topic = self.topic
        if topic is None or topic.done < self._first:
            return None
        if topic.failure is not None:
            return topic.failure
        answer = topic.answer
        if answer is None or answer.tag == self._told:
            return None
        self._told = answer.tag
        return answer

    def close(self) -> None:
        self.stream.drop(self)


class Stream:
    """What one connection carries."""

    def __init__(self, hub: "Hub", guest: Guest, most: int) -> None:
        self.guest = guest
        self._hub = hub
        self._most = most
        self._subscriptions: set[Subscription] = set()
        self._news: dict[Subscription, None] = {}
        self._woken = asyncio.Event()
        self._ended: EndedError | None = None

    def subscribe(self, question: Hashable, ask: Ask) -> Subscription:
        """TooManyStreamsError if there are too many already, of the stream or in all."""
        if len(self._subscriptions) >= self._most:
            raise TooManyStreamsError(f"A connection carries {self._most} subscriptions at most.")
        subscription = Subscription(self, question, ask)
        self._hub.join(subscription)
        self._subscriptions.add(subscription)
        return subscription

    def tell(self, subscription: Subscription) -> None:
        self._news[subscription] = None
        self._woken.set()

    async def next(self) -> tuple[Subscription, Answer | GatewayError]:
        """The newest answer of a subscription that was not told it; EndedError at the end.

        An error is the last of its subscription.
        """
        while True:
            if self._ended is not None:
                raise self._ended
            while self._news:
                subscription = next(iter(self._news))
                del self._news[subscription]
                found = subscription.take()
                if found is not None:
                    return subscription, found
            self._woken.clear()
            await self._woken.wait()

    def rejoin(self) -> None:
        """The guest sees something else now."""
        for subscription in self._subscriptions:
            self._hub.leave(subscription)
            self._hub.join(subscription)

    def drop(self, subscription: Subscription) -> None:
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
            self._news.pop(subscription, None)
            self._hub.leave(subscription)

    def end(self, reason: GatewayError | None = None) -> None:
        """Tell the connection to close."""
        if self._ended is None:
            self._ended = EndedError(reason)
        self._woken.set()

    def close(self) -> None:
        """The connection is closed."""
        for subscription in tuple(self._subscriptions):
            self.drop(subscription)
        self._hub.forget(self)
