"""Every statement fits the migrated schema, and names its tenant."""

import pytest

from gateway.measures import MEASURES
from gateway.store import statements
from tests.conftest import TestDatabase


@pytest.mark.parametrize(
    "name", [*statements.names("reads"), *statements.names("writes")]
)
async def test_a_statement_prepares_as_the_services_role(
    database: TestDatabase, name: str
) -> None:
    async with database.opened() as opened, opened.connection() as connection:
        text = statements.with_measures(name, tuple(MEASURES))
        await connection.prepare(text)
