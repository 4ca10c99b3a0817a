"""The rollup of calls per local day: kept equal to its calls by every write, and made anew."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.period import ONE_DAY, start_of, zone
from gateway.store.cover import day_edges, days_between
from gateway.store.statements import statement

if TYPE_CHECKING:
    from gateway.store.database import Connection

EPOCH = date(1970, 1, 1)


class DayRollup:
    """Of one domain, within a transaction that holds the domain's row.

    `kept_since` is the first local day whose calls are still there; earlier days stay as they are.
    """

    def __init__(
        self,
        connection: "Connection",
        domain_uuid: UUID,
        zone: ZoneInfo,
        kept_since: date | None = None,
    ) -> None:
        self._connection = connection
        self._domain_uuid = domain_uuid
        self._zone = zone
        self._kept_since = kept_since
        self._staged = False

    async def touch(self) -> None:
        """Note whose days the judged calls change; the old ones still stand in `calls`."""
        # The table outlives the transaction, its rows do not.
        ready = "writes/touched_days_clear" if self._staged else "staging/touched_days"
        await self._connection.execute(statement(ready))
        self._staged = True
        utc_days = await self._fetch("calls_touched_days")
        # A UTC day may lie in up to three local ones.
        days = {EPOCH + (row["utc_day"] + n) * ONE_DAY for row in utc_days for n in (-1, 0, 1)}
        await self._execute("calls_touch", *day_edges(sorted(days), self._zone))

    async def recount(self) -> None:
        """Count the touched days anew, from the calls as they are now."""
        await self._execute("call_days_clear")
        await self._execute("call_days_fill")

    async def rebuild(self) -> None:
        """Count all days anew."""
        await self._execute("call_days_drop", self._kept_since)
        span = await self._span()
        if span is not None:
            await self._execute("call_days_rebuild", *span)

    async def differences(self) -> Sequence[Any]:
        """Rows of days whose stored figures are not their calls': none, unless something broke."""
        span = await self._span() or ([], [], None, None)
        return await self._fetch("call_days_verify", *span, self._kept_since)

    async def _span(self) -> tuple[object, ...] | None:
        """The local days from the first call's to the last one's, and the instants around them."""
        (found,) = await self._fetch("calls_span")
        if found["first"] is None:
            return None
        first = found["first"].astimezone(self._zone).date()
        last = found["last"].astimezone(self._zone).date()
        days, starts, _ = day_edges(days_between(first, last), self._zone)
        return days, starts, start_of(first, self._zone), start_of(last + ONE_DAY, self._zone)

    async def _execute(self, name: str, *arguments: object) -> None:
        await self._connection.execute(statement(f"writes/{name}"), self._domain_uuid, *arguments)

    async def _fetch(self, name: str, *arguments: object) -> Sequence[Any]:
        return await self._connection.fetch(
            statement(f"writes/{name}"), self._domain_uuid, *arguments
        )


async def rebuild_all(connection: Any) -> None:
    """Of every domain, as the owner: for a migration that brings the rollup."""
    for row in await connection.fetch(statement("upkeep/domains")):
        days = DayRollup(connection, row["domain_uuid"], zone(row["time_zone"]), row["raw_since"])
        await days.rebuild()
    await connection.execute(statement("upkeep/analyze_calls"))
