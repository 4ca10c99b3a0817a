"""The rollups: kept equal to their records by every write, and made anew."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.measures import MEASURES
from gateway.period import ONE_DAY, start_of, zone
from gateway.store.cover import days_between, instants
from gateway.store.snapshot import Connection
from gateway.store.statements import statement, with_measures

EPOCH = date(1970, 1, 1)


class Rollup(NamedTuple):
    """The names of its table, of its records and of what each row is about: local days of users,
    or quarter hours, which need no zone; and of tables that add its rows up further, kept with it.
    Its statements' names begin with them.
    """

    table: Literal["call_days", "agent_days", "call_quarters"]
    records: Literal["calls", "activities"]
    parts: Literal["days", "quarters"]
    sums: tuple[Literal["call_user_days"], ...] = ()

    @property
    def tables(self) -> Sequence[str]:
        return (self.table, *self.sums)


CALL_DAYS = Rollup("call_days", "calls", "days", ("call_user_days",))
AGENT_DAYS = Rollup("agent_days", "activities", "days")
CALL_QUARTERS = Rollup("call_quarters", "calls", "quarters")
OF_DAYS = (CALL_DAYS, AGENT_DAYS)
ROLLUPS = (*OF_DAYS, CALL_QUARTERS)


class Rollups:
    """Of one domain, within a transaction that holds the domain's row.

    Before `raw_since` its records are gone: the days up to there stay as they were counted, the
    quarter hours go with the records, since finer reports refuse there.
    """

    def __init__(
        self,
        connection: Connection,
        domain_uuid: UUID,
        zone: ZoneInfo,
        raw_since: datetime | None = None,
        staged: set[str] | None = None,
    ) -> None:
        self._connection = connection
        self._domain_uuid = domain_uuid
        self._zone = zone
        self.raw_since = raw_since
        # Temporary tables that this transaction has filled before.
        self._staged = set() if staged is None else staged

    @property
    def _first_day(self) -> date | None:
        """The first day that can be counted; all of them if None."""
        since = self.raw_since
        return None if since is None else since.astimezone(self._zone).date()

    def _first(self, rollup: Rollup) -> date | None:
        """What can be counted begins there. Of quarter hours it is the instant: one that begins
        before it is not kept.
        """
        return self.raw_since if rollup.parts == "quarters" else self._first_day

    async def touch(self, rollup: Rollup) -> None:
        """Note what the judged records change; the old ones still stand in their table."""
        await self._stage(rollup)
        if rollup.parts == "quarters":
            await self._execute(f"{rollup.table}_touch", self.raw_since)
            return
        utc_days = await self._fetch(f"{rollup.records}_touched_days")
        # A UTC day may lie in up to three local ones.
        days = {EPOCH + (row["utc_day"] + n) * ONE_DAY for row in utc_days for n in (-1, 0, 1)}
        await self._execute(f"{rollup.records}_touch", *self._edges(sorted(days)))

    async def recount(self, rollup: Rollup) -> None:
        """Count what was touched anew, from the records as they are now."""
        await self._execute_each(rollup, "clear")
        await self._execute(f"{rollup.table}_count")
        await self._execute_each(rollup, "put")

    async def rebuild(self, rollup: Rollup) -> None:
        """Count all of it anew."""
        await self._execute_each(rollup, "drop", self._first(rollup))
        await self._count_all(rollup)
        await self._execute_each(rollup, "put")

    async def differences(self, rollup: Rollup) -> Sequence[Any]:
        """Rows (part, what, stored, counted) of days or quarter hours whose stored figures are not
        what their records add up to: none, unless something broke.
        """
        await self._count_all(rollup)
        first = self._first(rollup)
        return [
            row for table in rollup.tables for row in await self._fetch(f"{table}_verify", first)
        ]

    async def keep_since(self, moment: datetime) -> None:
        """Of what is older than that instant only days are kept."""
        self.raw_since = moment
        await self._execute("call_quarters_forget", moment)

    async def rezone(self, zone: ZoneInfo) -> None:
        """Count all days anew as those of another zone; `raw_since` may move.

        The days before it keep their names. Where the new zone begins the first day that can be
        counted later than the old one did, what lies between goes to the day before it.
        """
        since, first = self.raw_since, self._first_day
        self._zone = zone
        if since is not None and first is not None and start_of(first, zone) > since:
            self.raw_since = start_of(first, zone)
            await self._add(first - ONE_DAY, since, self.raw_since)
        for rollup in OF_DAYS:
            await self.rebuild(rollup)

    async def _add(self, day: date, start: datetime, end: datetime) -> None:
        """Add the records between two instants to a day."""
        edges = [str(day)], instants([start]), instants([end])
        for rollup in OF_DAYS:
            await self._stage(rollup)
            await self._execute(f"{rollup.records}_touch_all", *edges)
            await self._execute(f"{rollup.table}_count")
            await self._execute_each(rollup, "add")

    async def _count_all(self, rollup: Rollup) -> None:
        await self._stage(rollup)
        if rollup.parts == "quarters":
            await self._execute(f"{rollup.table}_touch_all", self.raw_since)
        else:
            await self._touch_all_days(rollup)
        await self._execute(f"{rollup.table}_count")

    async def _touch_all_days(self, rollup: Rollup) -> None:
        (found,) = await self._fetch(f"{rollup.records}_span")
        if found["first"] is None:
            return
        first, last = (found[end].astimezone(self._zone).date() for end in ("first", "last"))
        edges = self._edges(days_between(first, last))
        if edges[0]:
            await self._execute(f"{rollup.records}_touch_all", *edges)

    def _edges(self, days: Iterable[date]) -> tuple[list[str], list[str], list[str]]:
        """Of those days that can be counted: the days, their beginnings and their ends."""
        first = self._first_day
        found = [day for day in days if first is None or day >= first]
        starts = [start_of(day, self._zone) for day in found]
        ends = [start_of(day + ONE_DAY, self._zone) for day in found]
        if self.raw_since is not None:
            starts = [max(start, self.raw_since) for start in starts]
        return [str(day) for day in found], instants(starts), instants(ends)

    async def _stage(self, rollup: Rollup) -> None:
        """Empty temporary tables; they outlive the transaction, their rows do not."""
        for table in (f"touched_{rollup.parts}", f"counted_{rollup.table}"):
            clear = table in self._staged
            self._staged.add(table)
            name = f"writes/{table}_clear" if clear else f"staging/{table}"
            await self._connection.execute(statement(name))

    async def _execute_each(self, rollup: Rollup, what: str, *arguments: object) -> None:
        for table in rollup.tables:
            await self._execute(f"{table}_{what}", *arguments)

    async def _execute(self, name: str, *arguments: object) -> None:
        await self._connection.execute(_written(name), self._domain_uuid, *arguments)

    async def _fetch(self, name: str, *arguments: object) -> Sequence[Any]:
        return await self._connection.fetch(_written(name), self._domain_uuid, *arguments)


def _written(name: str) -> str:
    return with_measures(f"writes/{name}", tuple(MEASURES))


async def rebuild_all(connection: Any, rollup: Rollup) -> None:
    """Of every domain, as the owner: for a migration that brings the rollup."""
    staged: set[str] = set()
    for row in await connection.fetch(statement("upkeep/domains")):
        domain_uuid, tz = row["domain_uuid"], zone(row["time_zone"])
        await Rollups(connection, domain_uuid, tz, row["raw_since"], staged).rebuild(rollup)
    await connection.execute(statement(f"upkeep/analyze_{rollup.table}"))
