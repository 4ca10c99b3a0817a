"""POST /ingest/...: records that are posted, not read from a file."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal, NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.access import Gateway, gateway_of, snapshot_of
from gateway.errors import (
    ForbiddenError,
    ImportRefusedError,
    QueryTimeoutError,
    UnavailableError,
)
from gateway.ingest import body, canonical, freeswitch, freeswitch_cdr, imports
from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.counts import Counts
from gateway.ingest.media import CDR, LINES
from gateway.ingest.records import CallRecord, Reject
from gateway.ingest.sources import STANDARD_INPUT, Source
from gateway.settings import Settings
from gateway.telemetry import work
from gateway.viewer import Viewer

# The answer lists them all; a body with more is something else than records.
MOST_REJECTED = 10_000
TOO_LATE = (
    "The import took too long and was ended. What was written stays; the same body can be sent"
    " again, better in parts."
)


class Sender(NamedTuple):
    """Whose records they are, and what the import's batch calls their source."""

    gateway: Gateway
    viewer: Viewer
    source: str


class Ingest:
    """Few imports run at once, so that reports find a connection while the domain's row is held."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = asyncio.Semaphore(max(1, settings.pool_size // 2))

    def routes(self) -> list[Route]:
        return [
            Route(f"/ingest/{name}", partial(self._in_time, answer), methods=["POST"])
            for name, answer in (
                ("calls", partial(self._records, "calls")),
                ("activities", partial(self._records, "activities")),
                ("freeswitch", self._freeswitch),
            )
        ]

    async def _in_time(
        self, answer: Callable[[Request], Awaitable[Response]], request: Request
    ) -> Response:
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                return await answer(request)
        except TimeoutError as error:
            raise QueryTimeoutError(TOO_LATE) from error

    async def _records(self, what: Literal["calls", "activities"], request: Request) -> Response:
        """Canonical records, one JSON object a line."""
        sender = await _sender(request)
        body.check_media_type(request, *LINES)
        read: Callable[..., Iterator[Any]] = getattr(canonical, what)
        write: Callable[..., Coroutine[Any, Any, Counts]] = getattr(imports, f"import_{what}")
        rejected: list[Reject] = []
        with body.spooled() as file:
            await body.receive(request, self._settings.max_ingest_body, file)
            async with self._turn():
                counts = await write(
                    sender.gateway.database,
                    sender.viewer.domain_uuid,
                    read(_source(file), "ndjson"),
                    sender.source,
                    sender.gateway.clock(),
                    on_reject=lambda reject: rejected.append(_brief(reject)),
                    max_errors=MOST_REJECTED,
                )
        _note(what, counts)
        return _answer(counts, rejected)

    async def _freeswitch(self, request: Request) -> Response:
        """One CDR of mod_json_cdr. For a leg that is no call of its own nothing is written."""
        sender = await _sender(request)
        body.check_media_type(request, *CDR)
        most = min(freeswitch_cdr.LARGEST, self._settings.max_ingest_body)
        with body.spooled() as file:
            await body.receive(request, most, file)
            content = file.read()
        try:
            record = freeswitch.call(freeswitch_cdr.document(content))
        except InvalidRecordError as error:
            raise ImportRefusedError(f"The CDR cannot be read: {error}.") from None
        if record is None:
            return _answer(Counts(read=1), [])
        async with self._turn():
            return await _import_one(sender, record)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._settings.pool_timeout):
                await self._turns.acquire()
        except TimeoutError as error:
            raise UnavailableError from error
        try:
            yield
        finally:
            self._turns.release()


async def _sender(request: Request) -> Sender:
    """Who shows no token is not listened to: this comes before the body."""
    async with snapshot_of(request, body.token_of) as snapshot:
        viewer = snapshot.viewer
    if not viewer.role.sees_domain:
        raise ForbiddenError(
            f"Records are taken from an admin's token, not from one of the role {viewer.role}."
        )
    source = f"POST {request.url.path}, token {viewer.token_name}"
    return Sender(gateway_of(request), viewer, source)


async def _import_one(sender: Sender, record: CallRecord) -> Response:
    rejected: list[Reject] = []
    now = sender.gateway.clock()
    counts = await imports.import_calls(
        sender.gateway.database,
        sender.viewer.domain_uuid,
        [record],
        sender.source,
        now,
        on_reject=rejected.append,
        system=freeswitch.SOURCE,
        # A batch for each call would bury the other imports in the log.
        joining=now.replace(minute=0, second=0, microsecond=0),
    )
    _note("calls", counts)
    for reject in rejected:
        raise ImportRefusedError(f"The CDR cannot be taken: {reject.reason}.")
    return _answer(counts, [])


def _note(what: Literal["calls", "activities"], counts: Counts) -> None:
    work.current().ingested = work.Ingested(what, counts.told)


def _source(file: io.BufferedReader) -> Source:
    return Source(STANDARD_INPUT, file, file)


def _brief(reject: Reject) -> Reject:
    # Who sent the line has its text.
    return Reject(reject.line, reject.reason, "")


def _answer(counts: Counts, rejected: list[Reject]) -> Response:
    content = {
        "read": counts.read,
        "new": counts.new,
        "replaced": counts.replaced,
        "unchanged": counts.unchanged,
        "deleted": counts.deleted,
        "rejected": counts.rejected,
        "batch": None if counts.batch_uuid is None else str(counts.batch_uuid),
        "lines": [
            {"line": reject.line, "verdict": "rejected", "reason": reject.reason}
            for reject in rejected
        ],
    }
    return Response(orjson.dumps(content), media_type="application/json")
