"""Plans: what a selection of an object type asks for, and code that completes its leaves.

A type's fields are told apart by what the schema says of them:

- COLUMN: the value is that item of the row;
- OF_ROW: the value is that function of the row, which waits for nothing and changes nothing;
- FOR_ROWS: the resolver answers for all rows of a list at once, if it is given Rows.

and OF_ITS_TYPE says of a type that nothing is given as one of it that is not.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from functools import lru_cache
from types import CoroutineType, GeneratorType, NoneType
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    is_leaf_type,
)
from graphql.execution.collect_fields import GroupedFieldSet

from gateway.graphql.leaves import form

COLUMN, OF_ROW, FOR_ROWS, OF_ITS_TYPE = (
    f"gateway-{name}" for name in ("column", "of-row", "for-rows", "of-its-type")
)
# So many plans are kept, none of more fields or longer keys: 20 MB at most.
KEPT = 300
MOST_FIELDS = 100
MOST_TEXT = 4000

TYPENAME = "__typename"

# What a document asks for: (key in the answer, field's name), in order.
Asked: TypeAlias = tuple[tuple[str, str], ...]
Completed: TypeAlias = list[dict[str, Any] | None]
Complete: TypeAlias = Callable[[Sequence[Any], Container[type]], tuple[Completed, list[int]]]


class Plan(NamedTuple):
    """`complete(rows, classes)`: for each row a dictionary with its leaves, and a place for all
    else; and the places of those rows that are not usual, or of none of those classes.
    """

    complete: Complete
    for_rows: frozenset[str]
    others: frozenset[str]


class Leaf(NamedTuple):
    """Source text: how the value is got, when it is usual, how it is written then."""

    got: str
    usual: str
    written: str
    names: Mapping[str, Any]


def asked_for(fields: GroupedFieldSet) -> Asked:
    return tuple((key, details[0].node.name.value) for key, details in fields.items())


def is_large(asked: Asked) -> bool:
    """Whether what is made of it would be too large to be kept."""
    return len(asked) > MOST_FIELDS or sum(len(key) for key, _ in asked) > MOST_TEXT


def plan(kind: GraphQLObjectType, asked: Asked) -> Plan | None:
    """The plan, made once and kept; None if nothing is gained by one, or it would be too large."""
    if is_large(asked) or any(name not in kind.fields and name != TYPENAME for _, name in asked):
        return None
    return _plan(kind, asked)


@lru_cache(KEPT)
def _plan(kind: GraphQLObjectType, asked: Asked) -> Plan | None:
    leaves = {
        key: found
        for number, (key, name) in enumerate(asked)
        if (found := _leaf(kind, name, number)) is not None
    }
    for_rows = frozenset(
        key for key, name in asked if name != TYPENAME and FOR_ROWS in kind.fields[name].extensions
    )
    if not leaves and not for_rows:
        return None
    others = frozenset(key for key, _ in asked) - for_rows - leaves.keys()
    return Plan(_generated([key for key, _ in asked], leaves), for_rows, others)


@lru_cache(KEPT)
def usual_class(kind: type) -> bool:
    """Whether an instance may be a row: it is there, it is no error, nobody waits for it."""
    unusual = (NoneType, type(Undefined), CoroutineType, GeneratorType, BaseException)
    return not issubclass(kind, unusual) and not hasattr(kind, "__await__")


def _leaf(kind: GraphQLObjectType, name: str, number: int) -> Leaf | None:
    if name == TYPENAME:
        return Leaf("None", "True", repr(kind.name), {})
    field = kind.fields[name]
    if field.args:
        return None
    required = isinstance(field.type, GraphQLNonNull)
    inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    written = form(inner, number) if is_leaf_type(inner) else None
    if written is None:
        return None
    value, names = f"v{number}", dict(written.names)
    if COLUMN in field.extensions:
        got = f"row[{field.extensions[COLUMN]!r}]"
    elif OF_ROW in field.extensions:
        got = f"of_row{number}(row)"
        names[f"of_row{number}"] = field.extensions[OF_ROW]
    else:
        return None
    usual, text = written.usual.format(v=value), written.written.format(v=value)
    if not required:
        usual, text = f"({value} is None or {usual})", f"None if {value} is None else {text}"
    return Leaf(f"{value} = {got}", usual, text, names)


def _generated(keys: Sequence[str], leaves: Mapping[str, Leaf]) -> Complete:
    names: dict[str, Any] = {}
    for leaf in leaves.values():
        names |= leaf.names
    got = "; ".join(leaf.got for leaf in leaves.values()) or "pass"
    usual = " and ".join(leaf.usual for leaf in leaves.values())
    items = ", ".join(f"{key!r}: {leaves[key].written if key in leaves else None}" for key in keys)
    text = f"""
def complete(rows, classes):
    done, odd = [], []
    for row in rows:
        if type(row) in classes:
            try:
                {got}
                if {usual or True}:
                    done.append({{{items}}})
                    continue
            except Exception:
                pass
        odd.append(len(done))
        done.append(None)
    return done, odd
"""
    exec(compile(text, "<plan>", "exec"), names)  # noqa: S102  # names and keys of the schema's grammar only
    complete: Complete = names["complete"]
    return complete
