"""What the planner has to be told after a large write.

A table's statistics are gathered by PostgreSQL within a minute or so. Until then it plans as if the
table were nearly empty, and a report over a freshly imported month takes twenty times as long.
"""

from typing import Literal

from gateway.store.database import Database
from gateway.store.snapshot import translated
from gateway.store.statements import statement

LARGE = 10_000


async def analyze(database: Database, what: Literal["calls", "activities", "directory"]) -> None:
    """Gather the statistics of the tables that such an import writes."""
    async with database.connection() as connection:
        with translated():
            await connection.execute(statement(f"upkeep/analyze_{what}"))
