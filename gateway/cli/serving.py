"""`gateway serve` and `gateway demo`."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from types import FrameType
from typing import Annotated, Any

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from gateway.access import utc_now
from gateway.app import create_app, prepare
from gateway.cli.connections import Config
from gateway.cli.environment import ready_settings
from gateway.cli.workers import STARTING, supervise
from gateway.demo import load as demo_data
from gateway.errors import ConfigurationError
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.embedded import Embedded
from gateway.store.opening import Source, opened

# What a process has open beside its clients' connections.
FILES = 200
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
    with claimed(settings), listening(settings) as listener, operated(settings) as operators:
        settings, listeners = _known(settings, listener, operators)
        if settings.workers == 1:
            _run(settings, _checked(settings, listeners))
        else:
            config = _config(
                settings,
                "gateway.cli.workers:served",
                workers=settings.workers,
                factory=True,
                timeout_worker_healthcheck=STARTING,
            )
            supervise(settings, config, listeners, partial(_announce, settings, listeners, []))


def demo(
    days: Annotated[
        int, typer.Option(min=1, max=1000, help="How many days of calls to load at first.")
    ] = 60,
) -> None:
    """Load demo data, the missing days only, and serve it."""
    settings = ready_settings()
    with claimed(settings), listening(settings) as listener, operated(settings) as operators:
        settings, listeners = _known(settings, listener, operators)
        _run(settings, _demo(settings, listeners, days))


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
    _raise_file_limit(settings.max_connections + FILES)
    with _bound(settings.host, settings.port, "GATEWAY_PORT or GATEWAY_HOST") as listener:
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # A client that takes no byte for so long is gone.
            patience = int(settings.send_timeout * 1000)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience)
        yield listener


@contextlib.contextmanager
def operated(settings: Settings) -> Iterator[socket.socket | None]:
    """The operators' socket, if they want one."""
    if settings.operations_port is None:
        yield None
        return
    variables = "GATEWAY_OPERATIONS_PORT or GATEWAY_OPERATIONS_HOST"
    with _bound(settings.operations_host, settings.operations_port, variables) as listener:
        yield listener


@contextlib.contextmanager
def _bound(host: str, port: int, variables: str) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. Without it an answer's body waits 40 ms for the client's ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"{host}:{port} cannot be listened on ({error.strerror}):"
                f" stop what uses it, or set {variables}."
            ) from None
        yield listener


def _known(
    settings: Settings, listener: socket.socket, operators: socket.socket | None
) -> tuple[Settings, list[socket.socket]]:
    """The settings with the operators' port as it is, by which their requests are known."""
    if operators is None:
        return settings, [listener]
    port = operators.getsockname()[1]
    if port == listener.getsockname()[1]:
        raise ConfigurationError(
            f"GATEWAY_OPERATIONS_PORT and GATEWAY_PORT are both {port}: they must differ."
        )
    return settings.model_copy(update={"operations_port": port}), [listener, operators]


def _raise_file_limit(least: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < least:
        most = least if hard == resource.RLIM_INFINITY else min(least, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class _Server(uvicorn.Server):
    """Says when it serves; ends at SIGINT and SIGTERM after what is under way, with status 0; at a
    second one at once, as if it were killed: the database takes nothing amiss.
    """

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

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            os._exit(128 + sig)
        super().handle_exit(sig, frame)


def _config(settings: Settings, app: Any, **options: Any) -> Config:
    return Config(
        app,
        settings,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=settings.drain_timeout,
        lifespan="on",
        ws_max_size=settings.max_body,
        ws_ping_interval=settings.live_ping,
        ws_ping_timeout=settings.live_patience,
        # It would cost each of thousands of connections its own memory and its own compression.
        ws_per_message_deflate=False,
        **options,
    )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _announce(settings: Settings, listeners: Sequence[socket.socket], lines: Sequence[str]) -> None:
    listener, *operators = listeners
    address = _address(listener)
    for each in operators:
        typer.echo(f"metrics: {_address(each)}/metrics")
    paths = {"GraphQL": "/graphql", "REST": "/openapi.json", "health": "/health/ready"}
    if settings.wallboard:
        paths = {"wallboard": "/", **paths}
    for name, path in paths.items():
        typer.echo(f"{name}: {address}{path}")
    for line in lines:
        typer.echo(line)
    sys.stdout.flush()


async def _serve(settings: Settings, listeners: list[socket.socket], lines: Sequence[str]) -> None:
    server = _Server(
        _config(settings, create_app(settings)), partial(_announce, settings, listeners, lines)
    )
    await server.serve(sockets=listeners)
    if not server.started:
        raise ConfigurationError("The gateway did not start: the log above says why.")


def _run(settings: Settings, main: Coroutine[Any, Any, None]) -> None:
    """On uvicorn's choice of a loop, which is the fastest that is installed."""
    with asyncio.Runner(loop_factory=_config(settings, "").get_loop_factory()) as runner:
        runner.run(main)


async def _checked(settings: Settings, listeners: list[socket.socket]) -> None:
    """What is wrong with the database is told in a sentence, before the server starts."""
    async with (
        Source(settings).running() as source,
        Database(source.service_url, settings) as database,
    ):
        await prepare(source, database)
        await _serve(settings, listeners, [])


async def _demo(settings: Settings, listeners: list[socket.socket], days: int) -> None:
    now = utc_now()
    async with opened(settings) as database:
        await _load(database, days)
        tokens = await demo_data.demo_tokens(database, settings.data_dir, now)
        lines = [line for name, token in tokens for line in (f"domain: {name}", f"token: {token}")]
        await _serve(settings, listeners, lines)


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
