"""Figures, of a period or per bucket, as JSON text, of which PostgreSQL writes the figures.

A list of days is thousands of small objects: this way they are never made. What may be written so
is a selection of measures, side by side, with what is known of a bucket before or after them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from graphql import GraphQLObjectType

from gateway.graphql.plans import COLUMN, TYPENAME, Asked, plan
from gateway.measures import MEASURES
from gateway.period import Grain, Period, buckets
from gateway.store import calls
from gateway.store.calls import CallFilter
from gateway.store.cover import Span
from gateway.store.rows import Subject
from gateway.store.snapshot import Snapshot

# What a field's extensions say, if its rows may be asked for as text.
TEXTS = "gateway-texts"
# The fields of a bucket that nothing has to be read for.
OF_BUCKET = {TYPENAME, "date", "hour", "isoWeekday", "start", "end"}
KEPT = 300


class Layout(NamedTuple):
    """What an object has: of its bucket, then measures, then of its bucket again. `keys` are those
    of the measures, in the answer.
    """

    kind: GraphQLObjectType
    before: Asked
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    after: Asked


@lru_cache(KEPT)
def layout(kind: GraphQLObjectType, asked: Asked) -> Layout | None:
    """How the selection is written; None if it has to be completed field by field."""
    measures = [_measure(kind, name) for _, name in asked]
    places = [place for place, measure in enumerate(measures) if measure]
    if not places:
        return None
    first, end = places[0], places[-1] + 1
    before, figures, after = asked[:first], asked[first:end], asked[end:]
    if len(places) < end - first or any(name not in OF_BUCKET for _, name in before + after):
        return None
    names = tuple(filter(None, measures))
    return Layout(kind, before, tuple(key for key, _ in figures), names, after)


def _measure(kind: GraphQLObjectType, name: str) -> str:
    """The measure that a field shows; "" if none."""
    field = kind.fields.get(name)
    column: str = field.extensions.get(COLUMN, "") if field else ""
    return column if column in MEASURES else ""


async def bucket_texts(
    snapshot: Snapshot,
    keys: Sequence[UUID],
    subject: Subject,
    period: Period,
    grain: Grain,
    asked: Layout,
    matching: CallFilter,
) -> dict[UUID, orjson.Fragment]:
    """{key: the list of figures per grain of the period's zone, zero-filled and ascending}."""
    parts = list(buckets(period, grain))
    rows = [part._asdict() for part in parts]
    found = await _objects(snapshot, keys, subject, parts, rows, asked, matching)
    return {key: orjson.Fragment(f"[{','.join(objects)}]") for key, objects in found}


async def stats_texts(
    snapshot: Snapshot,
    keys: Sequence[UUID],
    subject: Subject,
    period: Period,
    asked: Layout,
    matching: CallFilter,
) -> dict[UUID, orjson.Fragment]:
    """{key: the figures of the whole period}; zeros where no call matches."""
    parts = calls.whole(period)
    found = await _objects(snapshot, keys, subject, parts, [{}], asked, matching)
    return {key: orjson.Fragment(text) for key, (text,) in found}


async def _objects(
    snapshot: Snapshot,
    keys: Sequence[UUID],
    subject: Subject,
    parts: Sequence[Span],
    rows: Sequence[Mapping[str, Any]],
    asked: Layout,
    matching: CallFilter,
) -> Iterator[tuple[UUID, list[str]]]:
    """Each key with its objects, one per row of what is known beside the figures."""
    between = [f",{_key(key)}" for key in asked.keys[1:]]
    found = await calls.call_texts(
        snapshot, keys, subject, parts, asked.measures, between, matching
    )
    heads = [f"{{{text}{_key(asked.keys[0])}" for text in _beside(asked, asked.before, rows)]
    tails = [f",{text}"[:-1] + "}" for text in _beside(asked, asked.after, rows)]
    nothing = "0" + "".join(f"{text}0" for text in between)
    empty = [f"{head}{nothing}{tail}" for head, tail in zip(heads, tails, strict=True)]

    def filled(key: UUID) -> list[str]:
        objects = empty.copy()
        for place, text in found.get(key, ()):
            objects[place] = f"{heads[place]}{text}{tails[place]}"
        return objects

    return ((key, filled(key)) for key in keys)


def _key(key: str) -> str:
    return f'"{key}":'


def _beside(asked: Layout, fields: Asked, rows: Sequence[Any]) -> list[str]:
    """What the objects have beside their figures, each item with a comma behind it."""
    found = plan(asked.kind, fields) if fields else None
    if found is None:
        return [""] * len(rows)
    done, _ = found.complete(rows, (dict,))
    return [orjson.dumps(each)[1:-1].decode() + "," for each in done]
