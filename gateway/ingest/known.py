"""What the domain knows that a source's records refer to."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.store.database import Database
from gateway.store.writes import locked


class Known(NamedTuple):
    """The domain's zone, and who has which number now."""

    zone: ZoneInfo
    users: Mapping[str, UUID]

    def who(self, agent: str) -> dict[str, Any]:
        """An agent is called by an extension that a user has, or else by a username."""
        user_uuid = self.users.get(agent)
        return {"username": agent} if user_uuid is None else {"user_uuid": user_uuid}


async def known(database: Database, domain_uuid: UUID) -> Known:
    async with locked(database, domain_uuid) as writer:
        rows = await writer.fetch("extensions_list")
        users = {
            row["extension"]: row["user_uuid"]
            for row in rows
            if row["removed_at"] is None and row["user_uuid"] is not None
        }
        return Known(writer.zone, users)
