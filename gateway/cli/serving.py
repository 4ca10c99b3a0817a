"""`gateway serve` and `gateway demo`."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from gateway.access import utc_now
from gateway.app import create_app, prepare
from gateway.cli.environment import ready_settings
from gateway.cli.workers import supervise
from gateway.demo import load as demo_data
from gateway.errors import ConfigurationError
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.embedded import Embedded
from gateway.store.opening import Source, opened

DRAINING = 10
BACKLOG = 2048


def serve(
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes to serve with: GATEWAY_WORKERS.")
    ] = None,
) -> None:
    """Serve GraphQL and the REST reports."""
    settings = ready_settings()
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    with claimed(settings), listening(settings) as listener:
        if settings.workers == 1:
            _run(_checked(settings, listener))
        else:
            config = _config(settings, "gateway.app:served", workers=settings.workers, factory=True)
            supervise(settings, config, listener, partial(_announce, listener, []))


def demo(
    days: Annotated[
        int, typer.Option(min=1, max=1000, help="How many days of calls to load at first.")
    ] = 60,
) -> None:
    """Load demo data, the missing days only, and serve it."""
    settings = ready_settings()
    with claimed(settings), listening(settings) as listener:
        _run(_demo(settings, listener, days))


@contextlib.contextmanager
def claimed(settings: Settings) -> Iterator[None]:
    """Be the one process that serves from the data directory."""
    embedded = Embedded(settings.data_dir)
    if settings.database_url is None:
        embedded.claim_serving()
    try:
        yield
    finally:
        asyncio.run(embedded.release())


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket to serve on, taken before anything slow begins."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. Without it an answer's body waits 40 ms for the client's ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}):"
                " stop what uses it, or set GATEWAY_PORT or GATEWAY_HOST."
            ) from None
        yield listener


class _Server(uvicorn.Server):
    """Says when it serves; ends at SIGINT and SIGTERM after what is under way, with status 0."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def _config(settings: Settings, app: Any, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=DRAINING,
        lifespan="on",
        http="gateway.cli.protocols:Http",
        ws="gateway.cli.protocols:WebSocket",
        ws_max_size=settings.max_body,
        ws_ping_interval=settings.live_ping,
        ws_ping_timeout=settings.live_patience,
        # It would cost each of thousands of connections its own memory and its own compression.
        ws_per_message_deflate=False,
        **options,
    )


def _announce(listener: socket.socket, lines: Sequence[str]) -> None:
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    paths = {"GraphQL": "/graphql", "REST": "/openapi.json", "health": "/health/ready"}
    for name, path in paths.items():
        typer.echo(f"{name}: {address}{path}")
    for line in lines:
        typer.echo(line)
    sys.stdout.flush()


async def _serve(settings: Settings, listener: socket.socket, lines: Sequence[str]) -> None:
    server = _Server(_config(settings, create_app(settings)), partial(_announce, listener, lines))
    await server.serve(sockets=[listener])
    if not server.started:
        raise ConfigurationError("The gateway did not start: the log above says why.")


def _run(main: Coroutine[Any, Any, None]) -> None:
    """On uvicorn's choice of a loop, which is the fastest that is installed."""
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(main)


async def _checked(settings: Settings, listener: socket.socket) -> None:
    """What is wrong with the database is told in a sentence, before the server starts."""
    async with (
        Source(settings).running() as source,
        Database(source.service_url, settings) as database,
    ):
        await prepare(source, database)
        await _serve(settings, listener, [])


async def _demo(settings: Settings, listener: socket.socket, days: int) -> None:
    now = utc_now()
    async with opened(settings) as database:
        await _load(database, days)
        tokens = await demo_data.demo_tokens(database, settings.data_dir, now)
        lines = [line for name, token in tokens for line in (f"domain: {name}", f"token: {token}")]
        await _serve(settings, listener, lines)


async def _load(database: Database, days: int) -> None:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task("demo data", total=1.0)

        def progress(part: float, what: str) -> None:
            bar.update(task, completed=part, description=what)

        await demo_data.load(database, utc_now(), progress=progress, days=days)
        bar.update(task, completed=1.0, description="demo data")
