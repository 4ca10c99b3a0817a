"""What reads give: rows, as PostgreSQL sent them, with the class of what they are rows of."""

from typing import Any, ClassVar, Literal

import asyncpg

Subject = Literal["domain", "department", "group", "user", "extension"]


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
    typename: ClassVar[str] = "Domain"
    subject: ClassVar[Subject] = "domain"


class DepartmentRow(Row):
    __slots__ = ()
    typename: ClassVar[str] = "Department"
    subject: ClassVar[Subject] = "department"


class GroupRow(Row):
    __slots__ = ()
    typename: ClassVar[str] = "Group"
    subject: ClassVar[Subject] = "group"


class UserRow(Row):
    __slots__ = ()
    typename: ClassVar[str] = "User"
    subject: ClassVar[Subject] = "user"


class ExtensionRow(Row):
    __slots__ = ()
    typename: ClassVar[str] = "Extension"
    subject: ClassVar[Subject] = "extension"


class CallRow(Row):
    __slots__ = ()
    typename: ClassVar[str] = "Call"


class QueueRow(Row):
    __slots__ = ()
    typename: ClassVar[str] = "Queue"


class BatchRow(Row):
    __slots__ = ()
    typename: ClassVar[str] = "ImportBatch"


class SourceRow(Row):
    __slots__ = ()
