"""What reads give: rows, as PostgreSQL sent them, with the class of what they are rows of."""

from typing import Any

import asyncpg


class Row(asyncpg.Record):
    """A row; its columns are items, and attributes too."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class DomainRow(Row):
    __slots__ = ()


class DepartmentRow(Row):
    __slots__ = ()


class GroupRow(Row):
    __slots__ = ()


class UserRow(Row):
    __slots__ = ()


class ExtensionRow(Row):
    __slots__ = ()


class CallRow(Row):
    __slots__ = ()
