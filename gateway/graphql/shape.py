"""The shape of a document, counted through its fragments in one linear walk, without recursion."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

INTROSPECTION = frozenset({"__schema", "__type"})


class Shape(NamedTuple):
    """Of a selection. `depth` is that of nested fields; `roots` are its outermost ones.

    The insides of `__schema` and `__type` have no depth: introspection is deep by nature, and its
    depth is limited by a rule of its own.
    """

    depth: int = 0
    aliases: int = 0
    roots: int = 0
    introspective: bool = True


def shape_of(
    selections: SelectionSetNode, fragments: Mapping[str, Shape], parent: str = ""
) -> Shape:
    """A selection's shape, from those of the fragments that it spreads."""
    depth = aliases = roots = 0
    introspective = True
    waiting = [(selections, 1, not parent.startswith("__"))]
    while waiting:
        selected, level, deeper = waiting.pop()
        for node in selected.selections:
            if isinstance(node, FragmentSpreadNode):
                inner = fragments.get(node.name.value, Shape())
                depth = max(depth, level - 1 + inner.depth)
                aliases += inner.aliases
                if level == 1:
                    roots += inner.roots
                    introspective &= inner.introspective
            elif isinstance(node, FieldNode):
                name = node.name.value
                depth = max(depth, level)
                aliases += node.alias is not None
                if level == 1:
                    roots += 1
                    introspective &= name.startswith("__")
                if node.selection_set:
                    inner_deeper = deeper and name not in INTROSPECTION
                    waiting.append((node.selection_set, level + deeper, inner_deeper))
            else:
                waiting.append((node.selection_set, level, deeper))  # type: ignore[attr-defined]
    return Shape(depth, aliases, roots, introspective)


def ordered(document: DocumentNode) -> Sequence[FragmentDefinitionNode]:
    """The fragments, each after those that it spreads; a cycle is cut somewhere."""
    named = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    inside = {name: tuple(_spreads(node.selection_set)) for name, node in named.items()}
    found: dict[str, FragmentDefinitionNode] = {}
    seen: set[str] = set()
    for root in named:
        path = [] if root in seen else [(root, iter(inside[root]))]
        seen.add(root)
        while path:
            name, rest = path[-1]
            following = next((each for each in rest if each in named and each not in seen), None)
            if following is None:
                path.pop()
                found[name] = named[name]
            else:
                seen.add(following)
                path.append((following, iter(inside[following])))
    return tuple(found.values())


def shapes(
    operations: Sequence[OperationDefinitionNode], fragments: Sequence[FragmentDefinitionNode]
) -> list[Shape]:
    """The operations' shapes; the fragments are in the order of `ordered`."""
    known: dict[str, Shape] = {}
    for node in fragments:
        parent = node.type_condition.name.value
        known[node.name.value] = shape_of(node.selection_set, known, parent)
    return [shape_of(node.selection_set, known) for node in operations]


def _spreads(selections: SelectionSetNode) -> Iterator[str]:
    waiting = [selections]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                yield node.name.value
            elif node.selection_set:  # type: ignore[attr-defined]
                waiting.append(node.selection_set)  # type: ignore[attr-defined]
