"""Random valid documents of our schema, each in several spellings that mean the same."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from hypothesis import strategies as st

from gateway.graphql.schema import SCHEMA

DEEPEST = 5


class Word(str):
    """An enum's value: without quotes in a document."""

    __slots__ = ()


@dataclass
class Said:
    """An argument's value, and its type as a variable's definition writes it."""

    kind: str
    value: Any


@dataclass
class Asked:
    """A field, or with a type and no name an inline fragment."""

    name: str
    arguments: dict[str, Said] = field(default_factory=dict)
    parent: str = ""
    inner: Sequence["Asked"] = ()
    include: bool | None = None


SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.one_of(st.integers(0, 20), st.integers(-(2**31), 2**31 - 1)),
    "Float": st.floats(allow_nan=False, allow_infinity=False),
    "String": st.one_of(st.sampled_from(["an", "1001", "%", "'"]), st.text(max_size=8)),
    "Boolean": st.booleans(),
    "ID": st.one_of(st.just("RG9tYWluOng="), st.text(max_size=8)),
    "UUID": st.uuids().map(str),
    "Date": st.dates().map(str),
    "DateTime": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    "TimeZone": st.sampled_from(["UTC", "Asia/Ho_Chi_Minh", "America/St_Johns"]),
}


def value_of(kind: Any, draw: st.DrawFn) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return value_of(kind.of_type, draw)
    if isinstance(kind, GraphQLList):
        return [value_of(kind.of_type, draw) for _ in range(draw(st.integers(0, 2)))]
    if isinstance(kind, GraphQLEnumType):
        return Word(draw(st.sampled_from(sorted(kind.values))))
    if isinstance(kind, GraphQLInputObjectType):
        names = draw(_fields_of(kind))
        return {name: value_of(kind.fields[name].type, draw) for name in names}
    return draw(SCALARS[kind.name])


def _fields_of(kind: GraphQLInputObjectType) -> st.SearchStrategy[Sequence[str]]:
    if kind.is_one_of:
        return st.sampled_from(sorted(kind.fields)).map(lambda name: [name])
    needed = {name for name, each in kind.fields.items() if isinstance(each.type, GraphQLNonNull)}
    return st.sets(st.sampled_from(sorted(kind.fields))).map(lambda some: sorted(needed | some))


def _arguments(found: GraphQLField, draw: st.DrawFn) -> dict[str, Said]:
    def is_said(argument: GraphQLArgument) -> bool:
        return is_required_argument(argument) or draw(st.integers(0, 2)) == 0

    return {
        name: Said(str(argument.type), value_of(argument.type, draw))
        for name, argument in found.args.items()
        if is_said(argument)
    }


def selection(parent: Any, draw: st.DrawFn, depth: int = DEEPEST) -> Sequence[Asked]:
    if isinstance(parent, GraphQLInterfaceType) and depth and draw(st.booleans()):
        kind = draw(st.sampled_from(SCHEMA.get_possible_types(parent)))
        return [Asked("", parent=kind.name, inner=selection(kind, draw, depth - 1))]
    leafs = [n for n, f in parent.fields.items() if not is_composite_type(get_named_type(f.type))]
    names = sorted(parent.fields) if depth else [*sorted(leafs), "__typename"]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    return [_asked(parent, name, draw, depth) for name in chosen]


def _asked(parent: GraphQLObjectType, name: str, draw: st.DrawFn, depth: int) -> Asked:
    if name == "__typename":
        return Asked(name)
    found = parent.fields[name]
    kind = get_named_type(found.type)
    inner = selection(kind, draw, depth - 1) if is_composite_type(kind) else ()
    include = draw(st.sampled_from([None, None, None, True, False]))
    return Asked(name, _arguments(found, draw), kind.name, inner, include)


@st.composite
def questions(draw: st.DrawFn) -> Sequence[Asked]:
    return selection(SCHEMA.query_type, draw)


def _never() -> bool:
    return False


class Spelling:
    """A document's text and variables.

    `moved` says of a selection whether it goes into a fragment, `by_variable` of a value whether
    a variable says it; `inlined` leaves the fragments where they are spread.
    """

    def __init__(
        self,
        question: Sequence[Asked],
        moved: Callable[[], bool] = _never,
        by_variable: Callable[[], bool] = _never,
        *,
        inlined: bool = False,
    ) -> None:
        self._moved, self._by_variable, self._inlined = moved, by_variable, inlined
        self._fragments: list[str] = []
        self._definitions: list[str] = []
        self._names = 0
        self.variables: dict[str, Any] = {}
        body = self._selection(question, "Query")
        defined = f"({', '.join(self._definitions)})" if self._definitions else ""
        self.text = " ".join([f"query {defined} {body}", *self._fragments])

    def _selection(self, asked: Sequence[Asked], parent: str) -> str:
        body = "{ " + " ".join(map(self._asked, asked)) + " }"
        if not self._moved():
            return body
        if self._inlined:
            return f"{{ ... on {parent} {body} ... on {parent} {body} }}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {parent} {body}")
        return f"{{ ...{name} ...{name} }}"

    def _asked(self, asked: Asked) -> str:
        if not asked.name:
            return f"... on {asked.parent} {self._selection(asked.inner, asked.parent)}"
        self._names += 1
        said = [f"{key}: {self._said(each)}" for key, each in asked.arguments.items()]
        parts = [f"f{self._names}: {asked.name}"]
        if said:
            parts.append(f"({', '.join(said)})")
        if asked.include is not None:
            parts.append(f"@include(if: {self._said(Said('Boolean!', asked.include))})")
        if asked.inner:
            parts.append(self._selection(asked.inner, asked.parent))
        return " ".join(parts)

    def _said(self, said: Said) -> str:
        if not self._by_variable():
            return written(said.value)
        name = f"v{len(self.variables)}"
        self.variables[name] = said.value
        self._definitions.append(f"${name}: {said.kind}")
        return f"${name}"


def written(value: Any) -> str:
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)
