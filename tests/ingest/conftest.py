from collections.abc import AsyncIterator

import pytest

from tests.conftest import TestDatabase
from tests.ingest.office import Office


@pytest.fixture
async def office(database: TestDatabase) -> AsyncIterator[Office]:
    """A domain with its directory."""
    async with database.opened() as opened:
        found = Office(database, opened)
        await found.directory()
        yield found


@pytest.fixture
async def neighbour(office: Office) -> Office:
    """Another domain with the same names, numbers and uuids."""
    found = Office(office.place, office.database, "neighbour")
    await found.directory()
    return found
