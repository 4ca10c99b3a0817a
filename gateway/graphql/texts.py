"""Figures, of a period or per bucket, as JSON text, of which PostgreSQL writes the figures.

A list of days is thousands of small objects: this way they are never made. What may be written so
is a selection of measures, side by side, with what is known of a bucket before or after them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from graphql import GraphQLObjectType

from gateway.errors import GatewayError, PeriodTooOldError
from gateway.graphql.plans import COLUMN, TYPENAME, Asked, is_large, plan
from gateway.measures import MEASURES
from gateway.period import Bucket, Grain, Period, buckets
from gateway.store import calls
from gateway.store.calls import CallFilter, Shown
from gateway.store.cover import Part
from gateway.store.rows import Subject
from gateway.store.snapshot import Snapshot

# What a field's extensions say, if its rows may be asked for as text.
TEXTS = "gateway-texts"
# The fields of a bucket that nothing has to be read for.
OF_BUCKET = {TYPENAME, "date", "hour", "isoWeekday", "start", "end"}
# What is known beside the figures of a period.
WHOLE: Sequence[Mapping[str, Any]] = ({},)
KEPT = 300


@dataclass(frozen=True, eq=False)
class Layout:
    """What an object has: of its bucket, then measures, then of its bucket again. `keys` are those
    of the measures, in the answer. The same selection has the same object.
    """

    kind: GraphQLObjectType
    before: Asked
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    after: Asked


def layout(kind: GraphQLObjectType, asked: Asked) -> Layout | None:
    """How the selection is written; None if it has to be completed field by field."""
    return None if is_large(asked) else _layout(kind, asked)


@lru_cache(KEPT)
def _layout(kind: GraphQLObjectType, asked: Asked) -> Layout | None:
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


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is asked of a subject: figures of the whole period (no grain), or a list per grain. The
    same is the same object.
    """

    grain: Grain | None
    layout: Layout

    def parts(self, period: Period) -> Sequence[Bucket] | Sequence[Part]:
        return list(buckets(period, self.grain)) if self.grain else calls.whole(period)

    @cached_property
    def shown(self) -> Shown:
        return Shown(self.layout.measures, [f",{_key(key)}" for key in self.layout.keys[1:]])


Answers: TypeAlias = "dict[tuple[UUID, Wanted], orjson.Fragment | GatewayError]"
wanted = lru_cache(KEPT)(Wanted)


async def figure_texts(
    snapshot: Snapshot,
    keys: Sequence[tuple[UUID, Wanted]],
    subject: Subject,
    period: Period,
    matching: CallFilter,
) -> Answers:
    """{key: the figures}, zeros where no call matches; lists are ascending and without gaps. What
    cannot be read has its error instead.

    Figures of a period are those of its days: who asks for both gets them from one read.
    """
    asked: dict[Wanted, list[UUID]] = {}
    for uuid, each in keys:
        asked.setdefault(each, []).append(uuid)

    answers: Answers = {}
    reads = list(_read_together(asked))
    for each, beside in reads:
        uuids = asked[each]
        listed, whole = (each, beside) if each.grain else (None, each)
        shown, total = (wanted.shown if wanted else None for wanted in (listed, whole))
        try:
            parts = each.parts(period)
            found = await calls.call_texts(snapshot, uuids, subject, parts, shown, matching, total)
        except GatewayError as error:
            answers |= {(uuid, each): error for uuid in uuids}
            if beside is not None and isinstance(error, PeriodTooOldError):
                # What is no day of the domain may be made of such days all together.
                reads.append((beside, None))
            elif beside is not None:
                answers |= {(uuid, beside): error for uuid in uuids}
            continue
        if listed is not None:
            lists = {uuid: texts.buckets for uuid, texts in found.items()}
            answers |= _written(listed, uuids, [part._asdict() for part in parts], lists)
        if whole is not None:
            wholes = {uuid: (texts.whole,) for uuid, texts in found.items()}
            answers |= _written(whole, uuids, WHOLE, wholes)
    return answers


def _read_together(
    asked: Mapping[Wanted, Sequence[UUID]],
) -> Iterator[tuple[Wanted, Wanted | None]]:
    """What each read is for, and the whole that a read of days gives beside them."""
    wholes = [each for each in asked if each.grain is None]
    for each, uuids in asked.items():
        beside = None
        if each.grain is Grain.DAY:
            beside = next((whole for whole in wholes if asked[whole] == uuids), None)
        if beside is not None:
            wholes.remove(beside)
        if each.grain is not None:
            yield each, beside
    for whole in wholes:
        yield whole, None


def _written(
    asked: Wanted,
    uuids: Sequence[UUID],
    rows: Sequence[Mapping[str, Any]],
    figures: Mapping[UUID, Sequence[str]],
) -> Answers:
    """`rows` are what is known beside the figures of each bucket."""
    form = _form(asked, rows)
    nothing = orjson.Fragment(form % ((asked.shown.zeros,) * len(rows)))
    return {
        (uuid, asked): orjson.Fragment(form % tuple(figures[uuid])) if uuid in figures else nothing
        for uuid in uuids
    }


def _form(asked: Wanted, rows: Sequence[Mapping[str, Any]]) -> str:
    """The answer, with a place for the figures of each bucket."""
    layout = asked.layout
    first = _key(layout.keys[0])
    objects = ",".join(
        f"{{{before}{first}%s{after}}}"
        for before, after in zip(
            _beside(layout, layout.before, rows, "{},"),
            _beside(layout, layout.after, rows, ",{}"),
            strict=True,
        )
    )
    return f"[{objects}]" if asked.grain else objects


def _key(key: str) -> str:
    return f'"{key}":'


def _beside(asked: Layout, fields: Asked, rows: Sequence[Any], form: str) -> list[str]:
    """What the objects have beside their figures, with a comma between as the form says."""
    found = plan(asked.kind, fields) if fields else None
    if found is None:
        return [""] * len(rows)
    done, _ = found.complete(rows, (dict,))
    texts = (orjson.dumps(each)[1:-1].decode() for each in done)
    return [form.format(text).replace("%", "%%") for text in texts]
