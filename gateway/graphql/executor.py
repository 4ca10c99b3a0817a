"""An executor that completes usual rows by generated code, and leaves the rest to graphql-core.

What it answers is what graphql-core answers: data, order of keys, errors, paths and locations.
See docs/decisions/0016. It rests on methods of the core that are not public, so the core's minor
version is pinned, and tests compare the two on random schemas and documents.
"""

from collections.abc import Awaitable, Iterable, Sequence
from itertools import chain, islice
from typing import Any

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path
from orjson import Fragment

from gateway.graphql.batches import Rows
from gateway.graphql.columns import ColumnExecutor, Maybe, Place, Shape, gathered
from gateway.graphql.plans import OF_ITS_TYPE, asked_for, plan, usual_class


class FastExecutor(ColumnExecutor):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._plain = self.middleware_manager is not None or self.abort_signal is not None
        self._shapes: dict[tuple[GraphQLObjectType, int], tuple[GroupedFieldSet, Shape | None]] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: None,
    ) -> Maybe:
        """One object."""
        shape = self._shape(parent_type, grouped_field_set)
        row = shape and shape.complete((source_value,), (type(source_value),))[0][0]
        if shape is None or row is None:
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        if not shape.not_leaves:
            return row
        rest: Maybe = super().execute_fields(
            parent_type, source_value, path, shape.not_leaves, None
        )
        if self.is_awaitable(rest):
            return _awaited_into(row, rest)
        row.update(rest)
        return row

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: None,
    ) -> Maybe:
        """A list."""
        shape = self._shape_of_items(item_type, field_details_list)
        if shape is None or type(items) not in (list, tuple):
            return super().complete_iterable_value(
                item_type, field_details_list, info, path, items, position_context
            )
        return self._completed_rows(
            shape, Place(item_type, field_details_list, info), path, list(items)
        )

    def _shape_of_items(
        self, item_type: GraphQLOutputType, details: FieldDetailsList
    ) -> Shape | None:
        """The shape of a list's items, if they can be completed together."""
        kind = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
        if not isinstance(kind, GraphQLObjectType) or not (
            kind.is_type_of is None or OF_ITS_TYPE in kind.extensions
        ):
            return None
        collected = self.collect_subfields(kind, details)
        shape = self._shape(kind, collected.grouped_field_set)
        # Where other fields wait or fail, they do in the core's order: item by item.
        return None if shape is None or (shape.others and not shape.for_rows) else shape

    def _shape(self, kind: GraphQLObjectType, asked: GroupedFieldSet) -> Shape | None:
        key = (kind, id(asked))
        found = self._shapes.get(key)
        if found is None:
            # The fields are kept beside, so that no others get their id.
            found = self._shapes[key] = (asked, None if self._plain else _shape(kind, asked))
        return found[1]

    def completed_together(
        self, place: Place, answers: Sequence[Any]
    ) -> tuple[list[Any], Sequence[int]]:
        """Texts, rows without other fields than leaves, or lists of such rows."""
        if Fragment in set(map(type, answers)):
            odd = [at for at, answer in enumerate(answers) if type(answer) is not Fragment]
            return list(answers), odd
        kind = place.type.of_type if isinstance(place.type, GraphQLNonNull) else place.type
        item = kind.of_type if isinstance(kind, GraphQLList) else kind
        shape = self._shape_of_items(item, place.details)
        if shape is None or shape.not_leaves:
            return list(answers), range(len(answers))
        if item is kind:
            return _completed(shape, answers)
        lists = [answer if type(answer) is list else [None] for answer in answers]
        rows, odd = _completed(shape, [*chain.from_iterable(lists)])
        following = iter(rows)
        values = [[*islice(following, len(each))] for each in lists]
        return values, [at for at, each in enumerate(values) if None in each] if odd else odd

    def _completed_rows(self, shape: Shape, items: Place, path: Path, rows: Sequence[Any]) -> Maybe:
        completed, odd = _completed(shape, rows)
        if not odd and not shape.not_leaves:
            return completed
        usual = [place for place, row in enumerate(completed) if row is not None]
        waiting = self._handed_back(items, path, rows, completed, odd)
        if not shape.not_leaves or not usual:
            return gathered(completed, waiting) if waiting else completed

        def of_row(number: int) -> Path:
            return path.add_key(usual[number])

        columns = self.columns(shape, Rows(map(rows.__getitem__, usual)), of_row)
        if not waiting and not any(map(self.is_awaitable, columns.values())):
            return self.filled(items, completed, usual, of_row, columns)
        return self.filled_later(items, completed, waiting, usual, of_row, columns)

    def _handed_back(
        self,
        items: Place,
        path: Path,
        rows: Sequence[Any],
        completed: list[Maybe],
        odd: Sequence[int],
    ) -> list[int]:
        """Let the core complete the odd rows; the places that have to be awaited."""
        waiting: list[int] = []
        try:
            for place in odd:
                one: list[Maybe] = []
                at = path.add_key(place)
                if self.is_awaitable(rows[place]):
                    one.append(
                        self.complete_awaitable_list_item_value(rows[place], *items, at, None)
                    )
                    waiting.append(place)
                elif self.complete_list_item_value(rows[place], one, *items, at, None):
                    waiting.append(place)
                completed[place] = one[0]
        except Exception:
            # As the core does: nothing that was begun stays without anybody who waits for it.
            begun = [completed[place] for place in waiting]
            begun += filter(self.is_awaitable, rows[place + 1 :])
            if begun:
                self.settle_in_background(begun)
            raise
        return waiting


def _completed(shape: Shape, rows: Sequence[Any]) -> tuple[list[Maybe], list[int]]:
    """The rows completed, and the places of those that are not usual."""
    return shape.complete(rows, tuple(filter(usual_class, set(map(type, rows)))))


def _shape(kind: GraphQLObjectType, asked: GroupedFieldSet) -> Shape | None:
    found = plan(kind, asked_for(asked))
    if found is None:
        return None
    for_rows = {key: asked[key] for key in asked if key in found.for_rows}
    others = {key: asked[key] for key in asked if key in found.others}
    not_leaves = {key: asked[key] for key in asked if key in for_rows or key in others}
    return Shape(kind, found.complete, for_rows, others, not_leaves)


async def _awaited_into(row: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    row.update(await rest)
    return row
