"""The hub of a process: its guests, their topics, and the look at what changed, once a second."""

import asyncio
import contextvars
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import structlog

from gateway.access import Admitted, observed
from gateway.admission import EXPIRED, shown, told_alike, viewer_of
from gateway.errors import GatewayError, TooManyStreamsError, UnauthenticatedError, UnavailableError
from gateway.live.streams import Guest, Stream, Subscription
from gateway.live.topics import NEVER, Opened, Topic, TopicKey
from gateway.log import logger
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot
from gateway.store.versions import Versions, versions
from gateway.telemetry import work

# Seconds between two looks.
TICK = 1.0
# Domains whose guests are looked at again at once: apart from the answers, so that none of those
# keeps a revocation waiting.
RECOGNIZED_AT_ONCE = 2
GONE = Versions(0, 0)

_log = logger(__name__)


class Hub:
    """`computations` and `looks` count since the start."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Callable[[], datetime],
        observe: Callable[[work.Work], None],
    ) -> None:
        self.observe = observe
        self.computations = 0
        self.looks = 0
        self._settings = settings
        self._database = database
        self._clock = clock
        self._room = asyncio.Semaphore(settings.live_at_once)
        self._recognizing = asyncio.Semaphore(RECOGNIZED_AT_ONCE)
        self._guests: dict[Hashable, Guest] = {}
        self._streams: Counter[Hashable] = Counter()
        self._topics: dict[TopicKey, Topic] = {}
        self._subscriptions = 0
        self._seen: dict[UUID, Versions] = {}

    @property
    def open_streams(self) -> int:
        return self._streams.total()

    def open(self, admitted: Admitted) -> Stream:
        """A stream of that guest, to be closed; TooManyStreamsError if its token has too many."""
        most = self._settings.live_per_token
        if self._streams[admitted.client] >= most:
            raise TooManyStreamsError(f"A token has {most} streams at most at a time.")
        guest = self._guests.setdefault(admitted.key, Guest(admitted))
        guest.admitted_again(admitted)
        stream = Stream(self, guest, self._settings.live_per_connection)
        guest.streams.add(stream)
        self._streams[admitted.client] += 1
        return stream

    def forget(self, stream: Stream) -> None:
        guest = stream.guest
        guest.streams.remove(stream)
        client = guest.admitted.client
        self._streams[client] -= 1
        if not self._streams[client]:
            del self._streams[client]
        if not guest.streams:
            del self._guests[guest.admitted.key]

    def join(self, subscription: Subscription) -> None:
        most = self._settings.live_subscriptions
        if self._subscriptions >= most:
            raise UnavailableError
        viewer = subscription.stream.guest.viewer
        key = TopicKey(subscription.question, viewer.vantage)
        topic = self._topics.get(key)
        if topic is None:
            topic = self._topics[key] = Topic(key, viewer, subscription.ask)
        subscription.join(topic)
        self._subscriptions += 1
        topic.joined = True
        self._start(topic)

    def leave(self, subscription: Subscription) -> None:
        topic = subscription.topic
        if topic is None:
            return
        subscription.topic = None
        self._subscriptions -= 1
        topic.subscriptions.remove(subscription)
        if not topic.subscriptions:
            del self._topics[topic.key]
            if topic.computing is not None:
                topic.computing.cancel()

    async def keep(self) -> None:
        """Look, for as long as the process serves; without guests not even that."""
        lost = False
        while True:
            await asyncio.sleep(TICK)
            if not self._guests:
                self._seen.clear()
                continue
            try:
                await self._look()
                lost = False
            except UnavailableError as error:
                # The streams stay open: what changes meanwhile is told at the next look.
                if not lost:
                    _log.warning("live answers wait for the database", error=error.message)
                lost = True
            except Exception:  # noqa: BLE001  # the next look may be luckier
                _log.exception("the look at what changed failed")

    async def _look(self) -> None:
        self._end_expired(self._clock())
        guests: dict[UUID, list[Guest]] = defaultdict(list)
        for guest in self._guests.values():
            guests[guest.at_home.domain_uuid].append(guest)
        domains = guests.keys() | {key.vantage.domain_uuid for key in self._topics}
        found = await versions(self._database, domains)
        self.looks += 1
        await asyncio.gather(
            *(self._follow(each, found.get(each, GONE), guests.get(each, ())) for each in domains)
        )
        now, moment = self._clock(), asyncio.get_running_loop().time()
        for topic in tuple(self._topics.values()):
            seen = self._seen.get(topic.viewer.domain_uuid)
            if seen is not None and topic.due(seen.data, now, moment):
                topic.least = seen.data
                self._start(topic)

    def _end_expired(self, now: datetime) -> None:
        skew = timedelta(seconds=self._settings.jwt_skew)
        for guest in tuple(self._guests.values()):
            end = guest.at_home.expires_at
            if end is not None and end + (skew if guest.visitor.claims else timedelta()) <= now:
                guest.end(UnauthenticatedError(EXPIRED))

    async def _follow(self, domain: UUID, found: Versions, guests: Sequence[Guest]) -> None:
        """See who its guests are now, where that may have changed; then what is told is due."""
        before = self._seen.get(domain, GONE)
        gone = found is GONE
        if gone or found.data < before.data:
            # The last: the database is an older one.
            for key, topic in self._topics.items():
                if key.vantage.domain_uuid == domain:
                    topic.version = NEVER
        unsure = [guest for guest in guests if gone or guest.is_unsure(before, found)]
        if unsure:
            try:
                async with self._recognizing:
                    await self._recognize(domain, unsure)
            except GatewayError as error:
                _log.warning("guests not looked at again", error=error.message)
                return
            except Exception:  # noqa: BLE001  # other domains go on
                _log.exception("guests not looked at again")
                return
        self._seen[domain] = found

    async def _recognize(self, domain: UUID, guests: Sequence[Guest]) -> None:
        try:
            visitors = (guest.visitor for guest in guests)
            async with self._database.snapshot(domain, self._clock(), shown(*visitors)) as snapshot:
                for guest in guests:
                    try:
                        with told_alike(guest.visitor):
                            guest.seen(await viewer_of(snapshot, guest.visitor))
                    except UnauthenticatedError as error:
                        guest.end(error)
        except UnauthenticatedError as error:  # the domain is gone
            for guest in guests:
                guest.end(error)

    def _start(self, topic: Topic) -> None:
        if topic.computing is None:
            # In a context of its own: it is nobody's request.
            topic.computing = asyncio.create_task(
                self._compute(topic), context=contextvars.Context()
            )

    async def _compute(self, topic: Topic) -> None:
        structlog.contextvars.bind_contextvars(request_id=uuid4().hex)
        opened = partial(self._opened, topic)
        try:
            while await self._answer(topic, opened) and topic.behind:
                pass
        finally:
            topic.computing = None

    async def _answer(self, topic: Topic, opened: Opened) -> bool:
        """Whether there was an answer to tell."""
        topic.joined = False
        topic.begun += 1
        self.computations += 1
        try:
            with work.observed("live", self.observe):
                answer = await topic.ask(opened)
        except UnavailableError:
            # At the next look again.
            topic.version = NEVER
            return False
        except GatewayError as error:
            topic.failed(error)
            return False
        else:
            later = asyncio.get_running_loop().time() + self._settings.live_interval
            topic.answered(answer, None if answer.holds(topic.now) else later)
            return True

    @asynccontextmanager
    async def _opened(self, topic: Topic) -> AsyncIterator[Snapshot]:
        async with (
            self._room,
            self._database.snapshot(topic.viewer.domain_uuid, self._clock()) as snapshot,
        ):
            snapshot.viewer = topic.viewer
            topic.version, topic.now = snapshot.domain["data_version"], snapshot.now
            with observed(snapshot):
                yield snapshot
