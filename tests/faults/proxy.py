"""A network that fails when it is told to: between the gateway and PostgreSQL, or its clients."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

Mode = Literal["pass", "refuse", "slam", "swallow"]


class Proxy:
    """Listens on a port of its own, in a thread of its own, and passes on to a Unix socket or to a
    port; which one may change for new connections.

    pass: connections pass. refuse: nobody listens. slam: a connection is reset as soon as it is
    made, and counted. swallow: it is made, and nothing ever comes back. What stands goes on
    standing, unless it is `cut` (reset) or `lost` (nothing comes through any more, and no word of
    it).
    """

    def __init__(self, target: Path | int) -> None:
        self.target = target
        self.mode: Mode = "pass"
        self.delay = 0.0
        self.attempts: list[float] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def set(self, mode: Mode) -> None:
        self.mode = mode
        self._do(self._listen() if mode != "refuse" else self._deafen())

    def cut(self) -> None:
        self._do(self._each(_Line.cut))

    def lose(self) -> None:
        self._do(self._each(_Line.lose))

    @property
    def open(self) -> int:
        return len(self._lines)

    @contextmanager
    def counting(self) -> Iterator[list[float]]:
        """The moments of the attempts to connect meanwhile; all of them once the block ends."""
        began = len(self.attempts)
        found: list[float] = []
        yield found
        found += self.attempts[began:]

    def _do(self, work: "asyncio._CoroutineLike[None]") -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def _each(self, do: "Callable[[_Line], None]") -> None:
        for line in [*self._lines]:
            do(line)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(
                self._accepted, "127.0.0.1", self.port, reuse_address=True
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def _deafen(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _end(self) -> None:
        await self._deafen()
        await self._each(_Line.cut)
        tasks = [line.task for line in self._lines]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def reached(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, int):
            return await asyncio.open_connection("127.0.0.1", self.target)
        return await asyncio.open_unix_connection(str(self.target))

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.attempts.append(time.monotonic())
        line = _Line(self, reader, writer)
        if self.mode == "slam":
            line.cut()
            return
        if self.mode == "swallow":
            line.lose()
        self._lines.add(line)
        try:
            await line.run()
        finally:
            self._lines.discard(line)


class _Line:
    """One connection through the proxy."""

    def __init__(
        self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._proxy = proxy
        self._client = (reader, writer)
        self._lost = False
        self._writers = [writer]
        task = asyncio.current_task()
        assert task is not None
        self.task = task

    def cut(self) -> None:
        for writer in self._writers:
            found = writer.get_extra_info("socket")
            if found is not None and found.family == socket.AF_INET:
                # A reset rather than an end.
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()

    def lose(self) -> None:
        self._lost = True

    async def run(self) -> None:
        reader, writer = self._client
        try:
            back, forth = await self._proxy.reached()
        except OSError:
            # PostgreSQL is not there, as the client would find without us.
            self.cut()
            return
        self._writers.append(forth)
        await asyncio.gather(self._pump(reader, forth), self._pump(back, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if self._proxy.delay:
                    await asyncio.sleep(self._proxy.delay)
                if not self._lost:
                    writer.write(data)
                    await writer.drain()
        if not self._lost:
            writer.close()
