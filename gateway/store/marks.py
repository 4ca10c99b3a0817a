"""Up to where a followed source has been read."""

from datetime import datetime
from uuid import UUID

from gateway.store.database import Database
from gateway.store.statements import statement


async def mark(database: Database, domain_uuid: UUID, source: str) -> datetime | None:
    """The source's mark; None if nothing has been read of it."""
    async with database.writing(domain_uuid) as connection:
        found: datetime | None = await connection.fetchval(
            statement("writes/source_mark"), domain_uuid, source
        )
        return found


async def put(database: Database, domain_uuid: UUID, source: str, moment: datetime) -> None:
    async with database.writing(domain_uuid) as connection:
        await connection.execute(statement("writes/source_mark_put"), domain_uuid, source, moment)
