"""The application: routes and middleware as data, and what lives as long as it does."""

import asyncio
import ctypes
import gc
import random
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from secrets import token_hex
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import graphql, ingest, rest, web
from gateway.access import Gateway, gateway_of, utc_now
from gateway.admission import FIELDS, Admission
from gateway.auth.issuer import issuer_of
from gateway.cross_origin import CrossOrigin
from gateway.errors import (
    DatabaseUnavailableError,
    GatewayError,
    InternalError,
    MethodNotAllowedError,
    NotFoundError,
    UnavailableError,
)
from gateway.live.hub import Hub
from gateway.log import logger
from gateway.overload import PLACES, Overload, Places
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.opening import Source
from gateway.telemetry import Telemetry, work
from gateway.telemetry.metrics import Figures, Metrics

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
RETRY_SECONDS = 1
# So many new objects bring about a collection; Python's own 700 are an answer's in a moment.
COLLECTED_AFTER = (100_000, 5, 5)
# Seconds that a thread may go on while another waits; Python's own 0.005 add up in a request.
TURN = 0.001
# Options of glibc's allocator, and bytes: so much free memory (M_TRIM_THRESHOLD) and blocks of that
# size (M_MMAP_THRESHOLD) are not given back to the system, for the next answer takes them again.
ALLOCATION = ((-1, 16_777_216), (-3, 8_388_608))

_log = logger(__name__)


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """The gateway as an ASGI application over the database that the settings name."""
    issuer = issuer_of(settings)
    telemetry = Telemetry(settings)
    busy = UnavailableError()
    places = Places(
        settings.requests_at_once,
        # The others are for who asks, and for who has shown a token.
        max(1, settings.max_connections // 4),
        busy,
        {**graphql.refusals(busy), **rest.refusals(busy)},
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with (
            Source(settings).running() as source,
            Database(source.service_url, settings) as database,
            telemetry.running(),
        ):
            _measured(database, telemetry.metrics)
            telemetry.metrics.reading(
                "gateway_overload_refusals",
                "What was refused at once because too much was under way.",
                lambda: places.refused,
                kind="counter",
            )
            admission = Admission(settings, issuer)
            app.state.gateway = gateway = Gateway(settings, database, admission, clock)
            app.state.hub = hub = Hub(settings, database, clock, telemetry.observe)
            telemetry.metrics.reading(
                "gateway_live_streams", "Streams that are open.", lambda: hub.open_streams
            )
            database.serving = await prepare(source, database)
            keeping = [
                asyncio.create_task(_keep(source, database)),
                asyncio.create_task(hub.keep()),
            ]
            if issuer is not None:
                keeping.append(asyncio.create_task(issuer.keep()))
            _settle()
            try:
                # A browser of another origin may read only what the middleware says.
                yield {} if settings.origins else {PLACES: places}
            finally:
                for task in keeping:
                    task.cancel()
                await asyncio.gather(*keeping, return_exceptions=True)
                await gateway.close()

    health = [Route("/health/live", live), Route("/health/ready", ready)]
    app = Starlette(
        routes=[
            # Looked through in this order: the busiest comes first.
            *graphql.routes(settings, telemetry.metrics),
            *health,
            *rest.routes(settings, ingest.described(settings)),
            *ingest.routes(settings),
            *web.routes(settings),
        ],
        middleware=_middleware(settings, places, telemetry),
        exception_handlers={HTTPException: _http_error, GatewayError: _gateway_error},
        lifespan=lifespan,
    )
    # A slash too many is an unknown address, not a redirect that loses the request's body.
    app.router.redirect_slashes = False
    telemetry.open_door(app, health)
    return app


def _settle() -> None:
    gc.collect()
    # What stands now stands for good: later collections need not look at it.
    gc.freeze()
    # An answer makes thousands of objects, hardly any in a cycle.
    gc.set_threshold(*COLLECTED_AFTER)
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for option, size in ALLOCATION:
            library.mallopt(option, size)
    # A document that is read in a thread must not keep the loop waiting for its turn.
    sys.setswitchinterval(TURN)


def _measured(database: Database, metrics: Metrics) -> None:
    def connections() -> Figures:
        pool = database.pool
        return {("used",): pool.used, ("idle",): pool.idle, ("most",): pool.most}

    metrics.readings(
        "gateway_pool_connections",
        "Connections: used, idle, and the most.",
        ("state",),
        connections,
    )
    metrics.reading(
        "gateway_pool_waiting", "Who waits for a connection.", lambda: database.pool.waiting
    )
    metrics.reading(
        "gateway_pool_timeouts",
        "How often a connection was waited for in vain.",
        lambda: database.pool.timeouts,
        kind="counter",
    )


def _middleware(settings: Settings, places: Places, telemetry: Telemetry) -> list[Middleware]:
    found = [Middleware(Overload, places), Middleware(Requests, telemetry.observe)]
    if settings.origins:
        # Outermost, so that a browser may read every answer, also that something went wrong.
        found.insert(0, Middleware(CrossOrigin, settings.origins))
    return found


async def prepare(source: Source, database: Database) -> bool:
    """Migrate and check the role; false if the database does not answer yet."""
    try:
        await _prepare(source, database)
    except DatabaseUnavailableError as error:
        _log.warning("the database does not answer yet", error=str(error.__cause__ or error))
        return False
    return True


async def _prepare(source: Source, database: Database) -> None:
    await source.migrate()
    await database.check_service_role()


async def _keep(source: Source, database: Database) -> None:
    """Start the embedded server again if it ended; prepare a database that was down at start."""
    told = ""
    while True:
        # Not all processes at the same moment.
        await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1))  # noqa: S311  # nothing secret
        try:
            if source.embedded is not None and not source.embedded.running():
                _log.warning("the embedded PostgreSQL ended: starting it again")
                await source.embedded.start()
            if not database.serving:
                await _prepare(source, database)
                database.serving = True
                _log.info("the database is ready")
        except GatewayError as error:
            if error.message != told:
                _log.error("the database is not ready", error=error.message)
            told = error.message


async def live(_: Request) -> Response:
    """The process runs."""
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """The database answers, and has what this release reads."""
    try:
        status = await gateway_of(request).database.status()
    except GatewayError as error:
        return JSONResponse({"status": "not ready", "error": error.message}, 503, error.headers)
    if not status.readable:
        reason = "the database is older than this release: gateway db migrate"
        return JSONResponse({"status": "not ready", "error": reason}, 503)
    return JSONResponse({"status": "ready"})


async def _gateway_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, GatewayError):
        error = InternalError()
    work.current().codes.append(error.code)
    return _told(error)


def _told(error: GatewayError) -> Response:
    return JSONResponse({"error": error.message}, error.status, error.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == MethodNotAllowedError.status:
        allow = (error.headers or {}).get("Allow", "GET")
        return await _gateway_error(request, MethodNotAllowedError(allow))
    if isinstance(error, HTTPException) and error.status_code == NotFoundError.status:
        return await _gateway_error(request, NotFoundError())
    return await _gateway_error(request, error)


class Requests:
    """Gives each request an id, has what it did observed, logs it in one line, and turns what
    nobody caught into a 500.
    """

    def __init__(self, app: ASGIApp, observe: Callable[[work.Work], None]) -> None:
        self.app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, client = Headers(scope=scope), scope.get("client")
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else token_hex(16)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        done = work.begin()
        done.request_id, done.headers, done.method = request_id, headers, scope["method"]
        done.address = client[0] if client else ""

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                done.status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                    *scope.get(FIELDS, ()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except asyncio.CancelledError:
            # The server ends and waits no longer.
            if not done.status:
                await _told(UnavailableError())(scope, receive, send_with_id)
            raise
        except Exception:
            _log.exception("unexpected error")
            if done.status:
                raise
            text = f"{InternalError().message} {request_id}"
            await JSONResponse({"error": text}, 500)(scope, receive, send_with_id)
        finally:
            # A stream's request ended when the stream began.
            done.ended = done.ended or time.perf_counter()
            done.route = getattr(scope.get("route"), "path", work.NO_ROUTE)
            self._observe(done)
            _log.info(
                "request",
                method=done.method,
                path=scope["path"],
                status=done.status,
                ms=round(done.seconds * 1000, 2),
            )
