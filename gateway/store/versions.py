"""What tells that something changed, of several domains in one statement."""

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from gateway.store.database import Database
from gateway.store.snapshot import translated
from gateway.store.statements import statement


class Versions(NamedTuple):
    """Of a domain: `data` grows with every committed write, `revocations` with each revocation."""

    data: int
    revocations: int


async def versions(database: Database, domains: Collection[UUID]) -> Mapping[UUID, Versions]:
    """Those of the domains that there are."""
    async with database.connection() as connection:
        with translated():
            rows = await connection.fetch(statement("upkeep/versions"), list(map(str, domains)))
    return {row.domain_uuid: Versions(row.data_version, row.revocation_count) for row in rows}
