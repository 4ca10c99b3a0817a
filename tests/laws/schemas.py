"""Random schemas with rows, and random documents: what a law of executors is tried on.

Every object type has a few rows, and a field that gives objects gives some of those.
"""

import asyncio
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    print_schema,
    specified_directives,
)
from graphql.type.directives import GraphQLDisableErrorPropagationDirective
from hypothesis import strategies as st

from gateway.graphql.batches import for_rows
from gateway.graphql.plans import COLUMN, FOR_ROWS, OF_ITS_TYPE, OF_ROW
from gateway.graphql.scalars import instant_text, whole_number

MOMENT = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)
Draw = st.DrawFn


class Later:
    """Something to await that gives a value, or raises it, as often as it is asked."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        return given(self._value)


class Raised(NamedTuple):
    """A resolver that meets this raises."""

    text: str


def given(value: object) -> Any:
    if isinstance(value, Raised):
        raise ValueError(value.text)  # noqa: TRY004  # a resolver's error
    return value


LEAVES: Mapping[str, tuple[Any, Sequence[object]]] = {
    "String": (GraphQLString, ["", "text", 'é\n"', True, 7, [], b"bytes"]),
    "ID": (GraphQLID, ["id", 7, 7.5, {}]),
    "Int": (GraphQLInt, [0, -1, 2**31 - 1, 2**31, -(2**31) - 1, "5", 2.0, 2.5, True, "x"]),
    "Float": (GraphQLFloat, [0.5, -1.0, 3, float("nan"), float("-inf"), 10**400, "1.5", "x"]),
    "Boolean": (GraphQLBoolean, [True, False, 0, 2.5, "x"]),
    "Enum": (GraphQLEnumType("Enum", {"ONE": "one", "TWO": 2}), ["one", 2, "ONE", None, []]),
    "Count": (
        GraphQLScalarType("Count", coerce_output_value=whole_number),
        [0, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), True, 1.0, "1"],
    ),
    "UUID": (GraphQLScalarType("UUID", coerce_output_value=str), [UUID(int=5), "text", 5]),
    "Date": (
        GraphQLScalarType("Date", coerce_output_value=date.isoformat),
        [date(2026, 3, 8), MOMENT, "2026-03-08"],
    ),
    "DateTime": (
        GraphQLScalarType("DateTime", coerce_output_value=instant_text),
        [MOMENT, datetime.min.replace(tzinfo=UTC), date(2026, 3, 8), "2026"],
    ),
    "Other": (
        GraphQLScalarType("Other", coerce_output_value=lambda value: value or None),
        [0, "", "other", [1, {"a": None}]],
    ),
}
ODD: Sequence[object] = [None, None, Raised("raised"), ValueError("returned"), object]


class World(NamedTuple):
    """A schema and its rows by type: rows of rows, without end."""

    schema: GraphQLSchema
    rows: Mapping[str, list[dict[str, Any]]]

    def __repr__(self) -> str:
        return print_schema(self.schema)


# Schemas.


@st.composite
def worlds(draw: Draw, *, batches: bool) -> World:
    """A schema and its rows. `batches`: with resolvers that answer for all rows at once."""
    names = [f"T{number}" for number in range(draw(st.integers(1, 3)))]
    rows: dict[str, list[dict[str, Any]]] = {
        name: [{"kind": name} for _ in range(draw(st.integers(2, 4)))] for name in names
    }
    maker = Maker(draw, batches)
    shared = {f"s{number}": maker.leaf_type() for number in range(2)}
    interface = GraphQLInterfaceType(
        "Shared", {name: GraphQLField(kind) for name, kind in shared.items()}, resolve_type=runtime
    )
    objects = {name: maker.object_type(name, shared, interface) for name in names}
    union = GraphQLUnionType("Any", list(objects.values()), resolve_type=runtime)
    maker.composites = [*objects.values(), interface, union]
    query = GraphQLObjectType("Query", lambda: maker.fields(range(3), leaves=False))
    rows["Query"] = [{"kind": "Query"}]
    schema = GraphQLSchema(
        query,
        types=[GraphQLInt, *objects.values()],
        directives=[*specified_directives, GraphQLDisableErrorPropagationDirective],
    )
    values = Values(draw(st.integers(0, 2**32)), rows)
    for kind in [*objects.values(), query]:
        values.fill(kind)
    return World(schema, rows)


def runtime(row: Any, *_: Any) -> Any:
    """The type of a row of an abstract type: what the row says, right or wrong."""
    return given(row["kind"])


class Maker:
    """Draws the parts of a schema, and values for its fields."""

    composites: list[Any]

    def __init__(self, draw: Draw, batches: bool) -> None:
        self.draw = draw
        self.batches = batches

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def leaf_type(self) -> Any:
        kind = LEAVES[self.draw(st.sampled_from(sorted(LEAVES)))][0]
        return GraphQLNonNull(kind) if self.chance(40) else kind

    def wrapped(self, kind: Any, lists: int) -> Any:
        for _ in range(lists):
            kind = GraphQLList(GraphQLNonNull(kind) if self.chance(40) else kind)
        return GraphQLNonNull(kind) if self.chance(30) else kind

    def object_type(self, name: str, shared: Mapping[str, Any], interface: Any) -> Any:
        is_type_of, settled = self.draw(st.sampled_from(IS_TYPE_OF))
        return GraphQLObjectType(
            name,
            lambda: {
                **{field: self.field(field, kind) for field, kind in shared.items()},
                **self.fields(range(self.draw(st.integers(1, 5)))),
            },
            interfaces=[interface],
            is_type_of=is_type_of,
            extensions={OF_ITS_TYPE: True} if settled else {},
        )

    def fields(self, numbers: Sequence[int], leaves: bool = True) -> Any:
        made = {}
        for number in numbers:
            if leaves and self.chance(60):
                kind = self.leaf_type()
            else:
                inner = self.draw(st.sampled_from(self.composites))
                kind = self.wrapped(inner, self.draw(st.sampled_from([0, 1, 1, 1, 2])))
            made[f"f{number}"] = self.field(f"f{number}", kind)
        return made

    def field(self, name: str, kind: Any) -> GraphQLField:
        ways = [column, column, column, of_row, resolver, asynchronous, with_argument]
        ways += [many_now, many_later, many_later] if self.batches else []
        return self.draw(st.sampled_from(ways))(name, kind)  # type: ignore[no-any-return]


class Values:
    """Values of fields: mostly usual ones. From a seed, for there are many."""

    def __init__(self, seed: int, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        self._random = Random(seed)
        self._rows = rows
        self._names = [name for name in rows if name != "Query"]

    def fill(self, kind: GraphQLObjectType) -> None:
        for name, field in kind.fields.items():
            for row in self._rows[kind.name]:
                if not self._chance(0.5):
                    row[name] = self._value(field.type)

    def _chance(self, percent: float) -> bool:
        return self._random.random() * 100 < percent

    def _value(self, kind: Any) -> Any:
        if self._chance(1):
            return self._random.choice(ODD)
        if self._chance(1):
            return Later(self._value(kind))
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type)
        if self._chance(5):
            return None
        if isinstance(kind, GraphQLList):
            found = [self._value(kind.of_type) for _ in range(self._random.randrange(6))]
            return tuple(found) if self._chance(10) else found
        if is_leaf_type(kind):
            usual, *others = LEAVES[kind.name][1]
            return self._random.choice(others) if self._chance(4) else usual
        name = kind.name if kind.name in self._names else self._random.choice(self._names)
        return self._random.choice(self._rows[name])


def says_so(row: Any, _: Any) -> bool:
    return bool(row["f0"] is not None)


def says_so_later(row: Any, _: Any) -> Later:
    return Later(row.get("kind") != "T1")


IS_TYPE_OF = [(None, False)] * 4 + [
    (lambda *_: True, True),
    (lambda *_: True, False),
    (says_so, False),
    (says_so_later, False),
]


# Ways to resolve a field. graphql-core knows of each what it calls, and nothing else.


def column(name: str, kind: Any) -> GraphQLField:
    return GraphQLField(kind, resolve=lambda row, _: row[name], extensions={COLUMN: name})


def of_row(name: str, kind: Any) -> GraphQLField:
    def value(row: Any) -> Any:
        return given(row[name])

    return GraphQLField(kind, resolve=lambda row, _: value(row), extensions={OF_ROW: value})


def resolver(name: str, kind: Any) -> GraphQLField:
    return GraphQLField(kind, resolve=lambda row, _: given(row[name]))


def asynchronous(name: str, kind: Any) -> GraphQLField:
    async def value(row: Any, _: Any) -> Any:
        await asyncio.sleep(0)
        return given(row[name])

    return GraphQLField(kind, resolve=value)


ARGUMENT = {"n": GraphQLArgument(GraphQLInt, default_value=0)}


def refused(n: int | None) -> None:
    if n:
        raise ValueError(f"{n} is refused")


def with_argument(name: str, kind: Any) -> GraphQLField:
    def value(row: Any, _: Any, n: int | None) -> Any:
        refused(n)
        return given(row[name])

    return GraphQLField(kind, ARGUMENT, value)


def answers(rows: Sequence[Any], name: str, n: int | None) -> list[Any]:
    """For each row its value; an error stands for itself, and there is nothing to await."""
    refused(n)
    found = [row.get(name) if isinstance(row, dict) else None for row in rows]
    return [None if isinstance(value, Later | Raised) else value for value in found]


def many_now(name: str, kind: Any) -> GraphQLField:
    @for_rows
    def value(rows: Any, _: Any, n: int | None) -> list[Any]:
        return answers(rows, name, n)

    return GraphQLField(kind, ARGUMENT, value, extensions={FOR_ROWS: True})


def many_later(name: str, kind: Any) -> GraphQLField:
    @for_rows
    async def value(rows: Any, _: Any, n: int | None) -> list[Any]:
        await asyncio.sleep(0)
        return answers(rows, name, n)

    return GraphQLField(kind, ARGUMENT, value, extensions={FOR_ROWS: True})


# Documents.

SWITCH = " @experimental_disableErrorPropagation"
VARIABLES = {"yes": "Boolean!", "no": "Boolean!", "n": "Int"}


class Question(NamedTuple):
    text: str
    variables: dict[str, Any]


@st.composite
def questions(draw: Draw, schema: GraphQLSchema) -> Question:
    """A document of one operation, and its variables."""
    return document(draw, Writer(draw, schema), 3)


def document(draw: Draw, writer: "Writer", depth: int) -> Question:
    body = writer.selection(writer.schema.query_type, depth)
    known = writer.schema.get_directive("experimental_disableErrorPropagation")
    switch = draw(st.sampled_from(["", "", "", "", SWITCH])) if known else ""
    text = "\n".join([f"{switch} {body}", *writer.fragments])
    values = {"yes": True, "no": False, "n": draw(st.sampled_from([0, 0, None, 3]))}
    used = [name for name in values if re.search(rf"\${name}\b", text)]
    declared = ", ".join(f"${name}: {VARIABLES[name]}" for name in used)
    return Question(
        f"query {f'({declared})' if used else ''}{text}", {name: values[name] for name in used}
    )


class Writer:
    """Draws selections. A key in the answer says which field it is of, so that none clash."""

    # Of ten fields so many are asked.
    often = 7

    def __init__(self, draw: Draw, schema: GraphQLSchema) -> None:
        self.draw = draw
        self.schema = schema
        self.fragments: list[str] = []
        self._numbers = count(1)

    def selection(self, kind: Any, depth: int) -> str:
        parts = list(self._parts(kind, depth))
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _parts(self, kind: Any, depth: int) -> Iterator[str]:
        if depth < 0:
            return
        if is_abstract_type(kind):
            for possible in self.schema.get_possible_types(kind):
                if self.draw(st.booleans()):
                    yield self._fragment(possible, depth - 1)
        if self.chance(1):
            yield self._fragment(kind, depth - 1)
        for name, field in getattr(kind, "fields", {}).items():
            if self.chance(self.often):
                yield self._field(kind, name, field, depth)
        if self.chance(3):
            yield f"__typename{self._directive()}"

    def _field(self, kind: Any, name: str, field: GraphQLField, depth: int) -> str:
        inner = get_named_type(field.type)
        if not is_leaf_type(inner) and depth <= 0:
            return "__typename"
        number = next(self._numbers)
        alias = f"{kind}_{name}_{number}" if field.args or self.chance(1) else f"{kind}_{name}"
        said = self.said(name, field) if field.args else ""
        selection = "" if is_leaf_type(inner) else self.selection(inner, depth - 1)
        return f"{alias}: {name}{said}{self._directive()} {selection}"

    def said(self, name: str, field: GraphQLField) -> str:  # noqa: ARG002  # others ask
        """The arguments of a field that has some."""
        return self.draw(st.sampled_from(["", "", "", "(n: 0)", "(n: 4)", "(n: $n)"]))

    def chance(self, of_ten: int) -> bool:
        return self.draw(st.integers(0, 9)) >= 10 - of_ten

    def _fragment(self, kind: Any, depth: int) -> str:
        body = self.selection(kind, depth)
        if self.draw(st.booleans()):
            return f"... on {kind}{self._directive()} {body}"
        name = f"F{next(self._numbers)}"
        self.fragments.append(f"fragment {name} on {kind} {body}")
        return f"...{name}{self._directive()}"

    def _directive(self) -> str:
        texts = ["@skip(if: $no)", "@skip(if: $yes)", "@include(if: $yes)", "@include(if: $no)"]
        return self.draw(st.sampled_from([""] * 36 + [f" {text}" for text in texts]))
