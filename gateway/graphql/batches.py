"""Resolvers that answer for all rows of a list at once."""

import functools
import inspect
from collections.abc import Callable
from typing import Any
from uuid import UUID


class Rows(list[Any]):
    """Rows of one type. `layout`, if there is one, tells how each answer may be a JSON text."""

    layout: Any = None

    @property
    def uuids(self) -> list[UUID]:
        return [row["uuid"] for row in self]

    @property
    def subject(self) -> Any:
        return self[0].subject


def for_rows(answers: Callable[..., Any]) -> Callable[..., Any]:
    """A resolver made of a function that gives a list of answers, one per row of its `self`.

    An executor that knows of such resolvers gives it Rows; to any other it is an ordinary one.
    """

    def resolver(self: Any, *said: Any, **arguments: Any) -> Any:
        if isinstance(self, Rows):
            return answers(self, *said, **arguments)
        return answers(Rows([self]), *said, **arguments)[0]

    async def asynchronous(self: Any, *said: Any, **arguments: Any) -> Any:
        if isinstance(self, Rows):
            return await answers(self, *said, **arguments)
        return (await answers(Rows([self]), *said, **arguments))[0]

    made = functools.wraps(answers)(
        asynchronous if inspect.iscoroutinefunction(answers) else resolver
    )
    made.for_rows = True  # type: ignore[attr-defined]
    return made


def is_for_rows(resolver: object) -> bool:
    return getattr(resolver, "for_rows", False)
