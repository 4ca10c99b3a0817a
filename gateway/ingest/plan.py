"""What a directory document changes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from msgspec import Struct

from gateway.ingest.checking import moment
from gateway.ingest.counts import Counts
from gateway.ingest.records import Directory, UserEntry
from gateway.period import EARLIEST, LATEST, instant, zone
from gateway.store.writes_directory import GROUP_MEMBERS, TABLES, USERS, Change, Key, Rows, Table


class Plan:
    """`stored` are the rows that the domain has, `listed` those of the document in its order,
    `put` the same by key, `gone` the keys that pruning takes out.

    A list that the document lacks leaves its table as it is.
    """

    def __init__(self, document: Directory, stored: Mapping[Table, Rows], *, prune: bool) -> None:
        tz = zone(document.domain.time_zone)
        lists = {table: _entries(document, table) for table in TABLES}
        self.stored = stored
        self.listed: dict[Table, Sequence[Mapping[str, Any]]] = {
            table: [_row(table, entry, tz) for entry in entries or ()]
            for table, entries in lists.items()
        }
        self.put: dict[Table, Rows] = {
            table: {table.key(row): row for row in rows} for table, rows in self.listed.items()
        }
        self.gone: dict[Table, Collection[Key]] = {}
        for table in TABLES:
            pruned = prune and lists[table] is not None
            unlisted = [key for key in stored[table] if pruned and key not in self.put[table]]
            self.gone[table] = dict.fromkeys(key for key in unlisted if self._goes(table, key))

    def row(self, table: Table, key: Key) -> Mapping[str, Any] | None:
        """The row as it will be, None if there will be none."""
        if key in self.gone[table]:
            return None
        return self.put[table].get(key) or self.stored[table].get(key)

    def change(self, table: Table, counts: Counts) -> Change:
        """What to put into the table and what to take out; counted."""
        listed, stored = self.put[table], self.stored[table]
        put = {key: row for key, row in listed.items() if stored.get(key) != row}
        new = sum(key not in stored for key in put)
        counts.read += len(listed)
        counts.new += new
        counts.replaced += len(put) - new
        counts.unchanged += len(listed) - len(put)
        counts.deleted += len(self.gone[table])
        moving = [
            key
            for key, row in put.items()
            if key in stored and table.living_name(stored[key]) != table.living_name(row)
        ]
        return Change(put, self.gone[table], moving)

    def _goes(self, table: Table, key: Key) -> bool:
        if table is GROUP_MEMBERS:
            # What a removed user did still counts for its groups.
            user = self.row(USERS, key[1:])
            return user is not None and user["removed_at"] is None
        return self.stored[table][key].get("removed_at") is None


def _entries(document: Directory, table: Table) -> Sequence[Struct] | None:
    entries: Sequence[Struct] | None = getattr(document, table.name)
    return entries


def _row(table: Table, entry: Struct, tz: tzinfo) -> Mapping[str, Any]:
    row = {column: getattr(entry, column) for column in table.columns}
    if isinstance(entry, UserEntry):
        row["added_at"] = entry.added_at or _added_at(entry.add_date)
    for column, value in row.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            row[column] = instant(value, tz)
    return row


def _added_at(text: str) -> datetime | None:
    """The time that the phone system's text tells, if it is one that can be read."""
    read = moment(text)
    return read if read and EARLIEST.year < read.year < LATEST.year else None
