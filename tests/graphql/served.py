"""The program itself on a port, with a small company in its database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from tests.conftest import TEMPLATE, Server, TestDatabase
from tests.graphql.company import Company, company
from tests.graphql.conftest import admin_token, stored
from tests.process import Serving, serving


class Served(NamedTuple):
    address: str
    token: str
    example: Company
    database: TestDatabase
    process: Serving

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@contextmanager
def served(server: Server, directory: Path, **settings: str) -> Iterator[Served]:
    name = f"served_{uuid4().hex}"
    asyncio.run(server.statement(f"create database {name} template {TEMPLATE}"))
    database, example = TestDatabase(server.embedded, name), company()
    asyncio.run(stored(database, example))
    token = asyncio.run(admin_token(database, example.domain_uuid, datetime.now(UTC)))
    settings = {"GATEWAY_DATABASE_URL": database.service_url, **settings}
    with serving(directory / "unused", **settings) as process:
        yield Served(process.address, token, example, database, process)
    asyncio.run(server.statement(f"drop database {name} with (force)"))
