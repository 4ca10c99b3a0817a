"""Opening the database that the settings name: a server's, or the embedded one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self
from urllib.parse import unquote, urlsplit

from gateway.errors import ConfigurationError
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.embedded import OWNER, SERVICE, Embedded
from gateway.store.migrate import Migration, domain_names, migrate
from gateway.store.snapshot import lost_is_unavailable


class Source:
    """Where the database is: `owner_url` migrates, `service_url` serves."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.embedded = Embedded(settings.data_dir) if settings.database_url is None else None

    def service_url(self) -> str:
        if self.embedded is not None:
            return self.embedded.url(SERVICE)
        assert self.settings.database_url is not None  # noqa: S101  # or it were embedded
        return self.settings.database_url.get_secret_value()

    def owner_url(self) -> str | None:
        if self.embedded is not None:
            return self.embedded.url(OWNER)
        owner = self.settings.owner_database_url
        return None if owner is None else owner.get_secret_value()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """The embedded server, if it is that, runs at least as long as this."""
        if self.embedded is None:
            yield self
        else:
            async with self.embedded:
                yield self

    async def migrate(self) -> list[Migration]:
        """Apply what is missing, if the owner's address is known; what was applied."""
        with lost_is_unavailable():
            owner = self.owner_url()
            if owner is None:
                return []
            login = urlsplit(self.service_url()).username
            return await migrate(owner, None if login is None else unquote(login))

    async def domain_names(self) -> list[str]:
        """All domains there are; only the owner may know."""
        owner = self.owner_url()
        if owner is None:
            raise ConfigurationError(
                "Only the owner can list the domains: set GATEWAY_OWNER_DATABASE_URL, or --domain."
            )
        return await domain_names(owner)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, migrated."""
    async with Source(settings).running() as source:
        await source.migrate()
        async with Database(source.service_url, settings) as database:
            yield database
