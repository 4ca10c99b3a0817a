"""A foreign PostgreSQL that an import reads: read-only, in short transactions, and no more columns
than it names.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

import asyncpg

from gateway.errors import ConfigurationError, GatewayError, ImportRefusedError
from gateway.settings import Settings
from gateway.store.rows import Row
from gateway.store.statements import statement

CONNECTING = 10
# Milliseconds. What does not answer soon is too much to ask of somebody else's database.
SERVER_SETTINGS = {
    "application_name": "call-statistics-gateway import",
    "default_transaction_read_only": "on",
    "statement_timeout": "60000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
    "timezone": "UTC",
}
GRANTS = "docs/fusionpbx-grants.sql"

Connection: TypeAlias = "asyncpg.Connection[Row]"


class SourceAwayError(ImportRefusedError):
    """FusionPBX's database cannot be reached."""


class Source:
    """One connection. Each read is a transaction of its own, unless it is one of a `snapshot`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, name: str, *arguments: Any) -> list[Row]:
        """The rows of a statement of `sql/fusionpbx`."""
        with _translated():
            async with self._connection.transaction(readonly=True):
                return await self._rows(name, *arguments)

    async def rows_if_there(self, name: str, *arguments: Any) -> list[Row]:
        """The same; none where this release of the source has no such table or column."""
        try:
            async with self._connection.transaction(readonly=True):
                return await self._rows(name, *arguments)
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
            return []
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise _told(error) from None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["Source"]:
        """Reads that fit together: all see one moment."""
        with _translated():
            async with self._connection.transaction(isolation="repeatable_read", readonly=True):
                yield _Snapshot(self._connection)

    async def _rows(self, name: str, *arguments: Any) -> list[Row]:
        return await self._connection.fetch(statement(f"fusionpbx/{name}"), *arguments)


class _Snapshot(Source):
    async def rows(self, name: str, *arguments: Any) -> list[Row]:
        return await self._rows(name, *arguments)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Source]:
    """FusionPBX's database, at the address that the environment names."""
    address = _address(settings)
    try:
        with _translated():
            connection: Connection = await asyncpg.connect(
                address,
                timeout=CONNECTING,
                command_timeout=90,
                record_class=Row,
                server_settings=SERVER_SETTINGS,
            )
    except (asyncpg.ClientConfigurationError, ValueError) as error:
        raise ConfigurationError(f"GATEWAY_FUSIONPBX_URL: {error}") from None
    try:
        yield Source(connection)
    finally:
        await _close(connection)


def _address(settings: Settings) -> str:
    if settings.fusionpbx_url is not None:
        return settings.fusionpbx_url.get_secret_value()
    service = os.environ.get("PGSERVICE")
    if service:
        return f"postgresql://?service={service}"
    raise ConfigurationError(
        "Where FusionPBX's database is must be told: set GATEWAY_FUSIONPBX_URL to"
        " postgresql://user@host/fusionpbx (its password in .pgpass), or PGSERVICE."
    )


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=5)
    except (OSError, TimeoutError, asyncio.CancelledError, asyncpg.InterfaceError):
        connection.terminate()


@contextmanager
def _translated() -> Iterator[None]:
    """PostgreSQL's and the network's errors as sentences of ours."""
    try:
        yield
    except asyncpg.ClientConfigurationError:
        raise
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _told(error) from None


def _told(error: Exception) -> GatewayError:
    """None of the sentences has any part of the address: it may hold a password."""
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return ImportRefusedError(
            f"The role may not read all that is needed of FusionPBX ({error}):"
            f" let the database's owner run {GRANTS} for it."
        )
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return ImportRefusedError(f"FusionPBX's database does not let the role in: {error}.")
    if isinstance(error, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError):
        return ImportRefusedError(
            f"This is not FusionPBX's database, or a release that is not known here: {error}."
        )
    if isinstance(error, asyncpg.QueryCanceledError | asyncpg.LockNotAvailableError):
        return SourceAwayError(f"FusionPBX's database took too long to answer: {error}.")
    return SourceAwayError(f"FusionPBX's database cannot be reached: {str(error) or 'no answer'}.")
