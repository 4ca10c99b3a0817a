"""The connection under a stream, as far as the server lets it be touched."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, MutableMapping
from typing import Any

# Where the server's protocols put it, in a scope's extensions.
LINE = "gateway.line"
# Bytes that wait for a slow client, here and in the kernel each: what is newer than they replaces
# what is behind them.
WAITING = 16_384


class Line:
    """One connection. Another server than ours gives none: then there is nothing to be done."""

    def __init__(self, transport: asyncio.Transport | None = None) -> None:
        self._transport = transport
        self._ending: Callable[[], None] | None = None

    @classmethod
    def of(cls, scope: MutableMapping[str, Any]) -> "Line":
        found: Line | None = scope.get("extensions", {}).get(LINE)
        return found or cls()

    def carry(self, ending: Callable[[], None]) -> None:
        """It carries a stream now, which is told when the server begins to end."""
        self._ending = ending
        if self._transport is None:
            return
        self._transport.set_write_buffer_limits(high=WAITING)
        found = self._transport.get_extra_info("socket")
        with contextlib.suppress(AttributeError, OSError):  # not everywhere
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, WAITING)

    def end(self) -> bool:
        """The server ends; whether there is a stream that was told."""
        if self._ending is None:
            return False
        self._ending()
        return True

    def cut(self) -> None:
        """Close it without waiting for the client to take what is under way."""
        if self._transport is not None:
            self._transport.abort()
