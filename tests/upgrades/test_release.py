"""Whoever has the last release, as a client or as a server that still runs, is not broken."""

import json

import asyncpg
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from gateway.store.migrate import migrations
from tests.conftest import TestDatabase
from tests.upgrades import record


def test_no_client_of_the_last_release_breaks() -> None:
    assert record.breaking() == [], "if it must be, say so in CHANGELOG.md and run: make record"


def test_a_field_that_is_gone_would_be_told() -> None:
    before = record.SCHEMA.read_text("utf-8")
    renamed = before.replace("  dataVersion: Count!\n", "  version: Count!\n")
    (change,) = find_breaking_changes(build_schema(before), build_schema(renamed))
    assert "Domain.dataVersion was removed" in change.description


def test_a_released_migration_stays_as_it_was() -> None:
    now = record.hashes()
    for name, known in json.loads(record.MIGRATIONS.read_text("utf-8")).items():
        assert now.get(name) == known, f"{name} was released: write another migration"


async def test_statements_of_the_last_release_fit_the_schema_of_this_one(
    database: TestDatabase,
) -> None:
    """Old code, new schema: reads always; writes unless a newer migration stops its writers."""
    released = json.loads(record.MIGRATIONS.read_text("utf-8"))
    stopped = any(
        each.stops_writers
        for each in migrations()
        if f"migrations/{each.version:04}_{each.name}" not in released
    )
    wrong = {}
    async with database.opened() as opened, opened.connection() as connection:
        for name, text in json.loads(record.STATEMENTS.read_text("utf-8")).items():
            if stopped and not name.startswith("reads/"):
                continue
            try:
                if name.startswith("staging/"):
                    await connection.execute(text)
                else:
                    await connection.prepare(text)
            except asyncpg.PostgresError as error:
                wrong[name] = str(error)
    assert wrong == {}
