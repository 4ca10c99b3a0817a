"""What every command starts with: settings, log, and the database where it needs one."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import typer

from gateway import log, settings
from gateway.errors import BadUserInputError
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.opening import opened

# A directory may attach, and an undo or a rebuild may write, a great many rows in one statement.
STATEMENT_TIMEOUT = 3600

DomainOption = Annotated[str, typer.Option("--domain", help="The domain's name.")]


def ready_settings() -> Settings:
    """The settings, with the log configured by them; misspelt variables are pointed out."""
    found = settings.load()
    log.configure(found)
    for sentence in settings.unknown_variables(os.environ):
        log.logger(__name__).warning(sentence)
    return found


def patient_settings() -> Settings:
    """The same for a command whose statements may take long."""
    return ready_settings().model_copy(update={"statement_timeout": STATEMENT_TIMEOUT})


@asynccontextmanager
async def domain_opened(settings: Settings, name: str) -> AsyncIterator[tuple[Database, UUID]]:
    """The database and the uuid of the domain of that name."""
    async with opened(settings) as database:
        domain_uuid = await database.domain_named(name)
        if domain_uuid is None:
            raise BadUserInputError(
                "domain",
                f'There is no domain "{name}": make it with `gateway import directory FILE`.',
            )
        yield database, domain_uuid
