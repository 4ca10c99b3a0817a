"""What an operator may want to know of the database: for `gateway doctor`."""

from collections.abc import Sequence
from uuid import UUID

from gateway.store.database import Database
from gateway.store.rows import Row
from gateway.store.snapshot import translated
from gateway.store.statements import statement


async def facts(database: Database) -> Row:
    """Of the server and of the service's role; see upkeep/facts.sql."""
    async with database.connection() as connection:
        with translated():
            (row,) = await connection.fetch(statement("upkeep/facts"))
            found: Row = row
            return found


async def sampled_differences(database: Database, domain_uuid: UUID) -> Sequence[Row]:
    """Quarter hours whose stored calls are not those that there are. Nobody waits for it."""
    async with database.writing(domain_uuid) as connection:
        rows: Sequence[Row] = await connection.fetch(
            statement("writes/call_quarters_sample"), domain_uuid
        )
        return rows
