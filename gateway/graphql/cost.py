"""What an operation costs: its fields' prices, times pages and periods, before anything runs.

The walk over a document is linear: a fragment is measured once, however often it is spread. What
depends on variables is worked out with each request's values, in the same way as for literals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeAlias, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from gateway.graphql.prices import VALUE, Price, price_of
from gateway.settings import Settings

# A number that JSON's readers keep exact; nothing near it is ever allowed.
HUGE = 2**53 - 1

Arguments: TypeAlias = Callable[[VariableValues | None], Mapping[str, Any]]


class Sum(NamedTuple):
    """What a selection costs: once, and for each row of the connection that it is of."""

    once: int = 0
    per_row: int = 0


@dataclass
class Selection:
    """A selection's plain values, and its parts with a price of their own."""

    values: int = 0
    parts: list["Part"] = field(default_factory=list)


@dataclass
class Part:
    """A field, or without a price a fragment: inline, or by name."""

    node: SelectionNode
    inner: Selection | str
    price: Price | None = None
    arguments: Arguments = lambda _: {}
    conditional: bool = False

    def skipped(self, values: VariableValues | None) -> bool:
        if not self.conditional:
            return False
        include = get_directive_values(GraphQLIncludeDirective, self.node, values)
        skip = get_directive_values(GraphQLSkipDirective, self.node, values)
        return bool((include and not include["if"]) or (skip and skip["if"]))


class Costs:
    """The costs of one valid document's operations."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Sequence[FragmentDefinitionNode],
        settings: Settings,
    ) -> None:
        self._schema = schema
        self._settings = settings
        self._fragments = {
            node.name.value: self._selection(
                schema.type_map[node.type_condition.name.value], node.selection_set
            )
            for node in fragments
        }

    def of(self, operation: OperationDefinitionNode) -> Callable[[VariableValues | None], int]:
        """The cost of an operation, given its variables' values."""
        root = cast("GraphQLNamedType", self._schema.get_root_type(operation.operation))
        return partial(self._cost, self._selection(root, operation.selection_set))

    def _cost(self, selection: Selection, values: VariableValues | None) -> int:
        reached = self._reached(selection, values)
        known: dict[str, Sum] = {}
        for name, fragment in self._fragments.items():
            if name in reached:
                known[name] = self._sum(fragment, values, known)
        return min(self._sum(selection, values, known).once, HUGE)

    def _reached(self, selection: Selection, values: VariableValues | None) -> set[str]:
        """The fragments that the operation comes to, for what it skips is not looked at."""
        reached: set[str] = set()
        waiting = [selection]
        while waiting:
            for part in waiting.pop().parts:
                inner = part.inner
                if part.skipped(values) or (isinstance(inner, str) and inner in reached):
                    continue
                if isinstance(inner, str):
                    reached.add(inner)
                    inner = self._fragments[inner]
                waiting.append(inner)
        return reached

    def _sum(
        self, selection: Selection, values: VariableValues | None, known: Mapping[str, Sum]
    ) -> Sum:
        once, per_row = selection.values, 0
        for part in selection.parts:
            if part.skipped(values):
                continue
            inner = part.inner
            found = known[inner] if isinstance(inner, str) else self._sum(inner, values, known)
            if part.price is not None:
                found = self._priced(part.price, part, values, found)
            once, per_row = once + found.once, per_row + found.per_row
        return Sum(once, per_row)

    def _priced(self, price: Price, part: Part, values: VariableValues | None, inner: Sum) -> Sum:
        if price.row:
            return Sum(0, inner.once)
        times = 1
        if price.size is not None:
            try:
                times = price.size.times(part.arguments(values), self._settings)
            except GraphQLError:
                # The execution refuses the arguments, and runs nothing below.
                return Sum(price.own)
        if price.paged:
            return Sum(price.own + inner.once + times * (price.each + inner.per_row))
        return Sum(price.own + times * (price.each + inner.once))

    def _selection(self, parent: GraphQLNamedType, selections: SelectionSetNode) -> Selection:
        found = Selection()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._add_field(found, parent, node)
                continue
            if isinstance(node, FragmentSpreadNode):
                inner: Selection | str = node.name.value
            else:
                condition = node.type_condition  # type: ignore[attr-defined]
                kind = self._schema.type_map[condition.name.value] if condition else parent
                inner = self._selection(kind, node.selection_set)  # type: ignore[attr-defined]
            found.parts.append(Part(node, inner, conditional=bool(node.directives)))
        return found

    def _add_field(self, found: Selection, parent: GraphQLNamedType, node: FieldNode) -> None:
        # The document is valid: the parent has fields, and this one.
        within = cast("GraphQLCompositeType", parent)
        definition = cast("GraphQLField", self._schema.get_field(within, node.name.value))
        price = price_of(parent.name, definition)
        if price == Price(own=VALUE):
            found.values += VALUE
            return
        inner = Selection()
        if node.selection_set:
            inner = self._selection(get_named_type(definition.type), node.selection_set)
        arguments: Arguments = partial(get_argument_values, definition, node)
        found.parts.append(Part(node, inner, price, arguments, bool(node.directives)))
