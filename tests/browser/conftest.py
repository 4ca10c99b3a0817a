"""The application on a loopback port, and Chromium that has no other network."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Request,
    WebSocket,
    async_playwright,
)

from gateway.app import create_app
from gateway.cli.serving import _config, _Server
from gateway.cli.serving import listening as bound
from tests.conftest import TestDatabase

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason=f"no Chromium on PATH by the names of {', '.join(NAMES)}"
)


@asynccontextmanager
async def listening(
    database: TestDatabase, now: datetime, port: int = 0, **settings: Any
) -> AsyncIterator[str]:
    """The origin of the application on that port, or a free one, its clock standing."""
    found = database.settings(port=port, **settings)
    with bound(found) as listener:
        app = create_app(found, clock=lambda: now)
        server = _Server(_config(found, app), lambda: None)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


class Browser:
    """One visitor, and all that went wrong while it looked."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self.origin = origin
        self.questions: list[str] = []
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.sockets: list[WebSocket] = []
        context.on("request", self._requested)
        context.on("console", self._said)
        context.on("page", lambda page: page.on("websocket", self._connected))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.foreign.append(request.url)
        if request.url == f"{self.origin}/graphql":
            self.questions.append(request.post_data or "")

    def _connected(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        if not socket.url.startswith(f"{self.origin.replace('http', 'ws', 1)}/"):
            self.foreign.append(socket.url)

    def _said(self, message: ConsoleMessage) -> None:
        # A breach of the content security policy is said here too, as an error.
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@asynccontextmanager
async def visiting(origin: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await chromium.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        yield Browser(context, origin)
        await context.close()
        await chromium.close()
