"""Fields of many rows, each resolved, completed and put into its rows for all of them at once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    Executor,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_named_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, gather_with_cancel

from gateway.graphql.batches import Rows
from gateway.graphql.plans import Complete, asked_for
from gateway.graphql.texts import TEXTS, layout

# A completed value, or something to await that gives one.
Maybe: TypeAlias = Any
# The path of a row, or of its field, by the row's number. Few are ever needed.
PathOf: TypeAlias = Callable[[int], Path]


class Shape(NamedTuple):
    """What one selection of this operation asks of a type: leaves, which are completed by code,
    fields whose resolvers answer for all rows at once, and the others.
    """

    kind: GraphQLObjectType
    complete: Complete
    for_rows: GroupedFieldSet
    others: GroupedFieldSet
    not_leaves: GroupedFieldSet


class Place(NamedTuple):
    """A field or a list's items: what the core needs to complete a value there, or to fail."""

    type: GraphQLOutputType
    details: FieldDetailsList
    info: GraphQLResolveInfo[Any]


class Failure(NamedTuple):
    """In the place of a value that must not be null and is not there."""

    error: Exception


class ColumnExecutor(Executor[None]):
    """The part of an executor that completes columns."""

    def columns(self, shape: Shape, rows: Rows, path: PathOf) -> dict[str | None, Maybe]:
        """The fields that are no leaves, each for all rows; under None the others together."""
        columns: dict[str | None, Maybe] = {
            key: self._column(shape.kind, key, details, rows, path)
            for key, details in shape.for_rows.items()
        }
        if shape.others:
            columns[None] = self._all(
                self._tried(
                    Failure, self.execute_fields, shape.kind, row, path(number), shape.others, None
                )
                for number, row in enumerate(rows)
            )
        return columns

    def _column(
        self,
        kind: GraphQLObjectType,
        key: str,
        details: FieldDetailsList,
        rows: Rows,
        parent: PathOf,
    ) -> Maybe:
        """One field of all rows, its resolver called once."""
        first, nodes = details[0], [each.node for each in details]
        field = kind.fields[first.node.name.value]

        def path(number: int) -> Path:
            return Path(parent(number), key, kind.name)

        info = self.build_resolve_info(field, nodes, kind, path(0))
        place = Place(field.type, details, info)
        try:
            arguments = get_argument_values(
                field,
                first.node,
                self.variable_values,
                first.fragment_variable_values,
                self.hide_suggestions,
            )
            rows = self._laid_out(rows, field, details)
            answers = (field.resolve or self.field_resolver)(rows, info, **arguments)
        except Exception as error:  # noqa: BLE001  # it is every row's
            answers = [error] * len(rows)
        if self.is_awaitable(answers):
            return self._column_later(place, path, answers, len(rows))
        return self._completed_column(place, path, answers)

    def _laid_out(self, rows: Rows, field: GraphQLField, details: FieldDetailsList) -> Rows:
        """The rows, told how their answers may be texts, where they may."""
        kind = get_named_type(field.type)
        if TEXTS not in field.extensions or not isinstance(kind, GraphQLObjectType):
            return rows
        collected = self.collect_subfields(kind, details).grouped_field_set
        rows = Rows(rows)
        rows.layout = layout(kind, asked_for(collected))
        return rows

    async def _column_later(
        self, place: Place, path: PathOf, answers: Awaitable[Sequence[Any]], count: int
    ) -> list[Any]:
        try:
            found: Sequence[Any] = await answers
        except Exception as error:  # noqa: BLE001  # it is every row's
            found = [error] * count
        column = self._completed_column(place, path, found)
        return await column if self.is_awaitable(column) else column

    def _completed_column(self, place: Place, path: PathOf, answers: Sequence[Any]) -> Maybe:
        values, odd = self.completed_together(place, answers)
        required = isinstance(place.type, GraphQLNonNull)
        waiting = []
        for number in odd:
            if answers[number] is None and not required:
                values[number] = None
                continue
            at = path(number)
            failed = partial(self._failed, place, at)
            value = self._tried(failed, self.complete_value, *place, at, answers[number], None)
            values[number] = value
            if self.is_awaitable(value):
                waiting.append(number)
        return gathered(values, waiting) if waiting else values

    def completed_together(
        self, place: Place, answers: Sequence[Any]
    ) -> tuple[list[Any], Sequence[int]]:
        """The values of a column, completed at once; and the places of those that cannot be."""
        raise NotImplementedError

    def _failed(self, place: Place, path: Path, error: Exception) -> Failure | None:
        """Null and an error beside it, where null may be."""
        try:
            self.handle_field_error(error, place.type, place.details, path)
        except Exception as located:  # noqa: BLE001  # the row's, when all of it is there
            return Failure(located)
        return None

    def _tried(
        self, failed: Callable[[Exception], Any], work: Callable[..., Maybe], *arguments: Any
    ) -> Maybe:
        """What the work gives, now or later; of an error, what is made of it."""
        try:
            value = work(*arguments)
        except Exception as error:  # noqa: BLE001  # every error of a field is handled alike
            return failed(error)
        return _tried_later(failed, value) if self.is_awaitable(value) else value

    def _all(self, values: Iterable[Maybe]) -> Maybe:
        """A list of values, now or later."""
        found = list(values)
        waiting = [place for place, value in enumerate(found) if self.is_awaitable(value)]
        return gathered(found, waiting) if waiting else found

    async def filled_later(
        self,
        items: Place,
        completed: list[Maybe],
        waiting: Sequence[int],
        usual: Sequence[int],
        path: PathOf,
        columns: dict[str | None, Maybe],
    ) -> list[Any]:
        later = [key for key, column in columns.items() if self.is_awaitable(column)]
        odd = [completed[place] for place in waiting]
        found = await gather_with_cancel(*(columns[key] for key in later), *odd)
        columns.update(zip(later, found, strict=False))
        for place, value in zip(waiting, found[len(later) :], strict=True):
            completed[place] = value
        return self.filled(items, completed, usual, path, columns)

    def filled(
        self,
        items: Place,
        completed: list[Any],
        usual: Sequence[int],
        path: PathOf,
        columns: Mapping[str | None, Sequence[Any]],
    ) -> list[Any]:
        """The rows with their columns; a row with a failure is none."""
        failures: dict[int, Failure] = {}
        rows = [completed[place] for place in usual]
        for key, column in columns.items():
            if Failure in set(map(type, column)):
                failures = _failures(column) | failures
            for row, value in zip(rows, column, strict=True):
                if key is not None:
                    row[key] = value
                elif type(value) is not Failure:
                    row.update(value)
        for number, failure in sorted(failures.items()):
            self.handle_field_error(failure.error, items.type, items.details, path(number))
            completed[usual[number]] = None
        return completed


def _failures(column: Sequence[Any]) -> dict[int, Failure]:
    return {number: value for number, value in enumerate(column) if type(value) is Failure}


async def _tried_later(failed: Callable[[Exception], Any], value: Awaitable[Any]) -> Any:
    try:
        return await value
    except Exception as error:  # noqa: BLE001  # every error of a field is handled alike
        return failed(error)


async def gathered(values: list[Maybe], waiting: Sequence[int]) -> list[Any]:
    """The values, once those that have to be awaited are there."""
    if len(waiting) == 1:
        values[waiting[0]] = await values[waiting[0]]
        return values
    found = await gather_with_cancel(*(values[place] for place in waiting))
    for place, value in zip(waiting, found, strict=True):
        values[place] = value
    return values
