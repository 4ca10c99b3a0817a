"""SQL lives in files, one statement each; this finds them by name."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, TypeAlias
from uuid import UUID

from gateway import measures

# For what rows of figures are added up.
Per: TypeAlias = Literal["key", "bucket"]
# Neither a figure nor a key of an answer has it.
BETWEEN_BUCKETS = "|"
# Of a call in PostgreSQL.
MOST_ARGUMENTS = 100


@cache
def statement(name: str) -> str:
    """The text of `sql/<name>.sql`, for example `reads/domain`, with the parts that it shares with
    others: once read, it stays as it was, whatever another release puts in its place meanwhile.
    """
    text = resources.files("gateway.store").joinpath("sql", f"{name}.sql").read_text("utf-8")
    return re.sub(r"\{(shapes/\w+)\}", lambda part: statement(part[1]).strip(), text)


@lru_cache(maxsize=512)
def with_measures(
    name: str, names: tuple[str, ...], by: str | None = None, per: Per | None = None
) -> str:
    """The statement with the catalogue's columns of those measures in its select lists, and the
    value of the measure or metric `by` which it ranks; its rows added up `per` key or bucket.
    """
    text = statement(name)
    if per is not None:
        text = statement(f"shapes/per_{per}").replace("{rows}", text)
    if by is not None:
        text = text.replace("{value}", measures.value(by))
    text = text.replace("{names}", ",\n    ".join(names))
    text = text.replace("{measures}", measures.totals(names))
    text = text.replace("{figures}", measures.figures(names))
    return text.replace("{stored}", measures.stored(names))


@lru_cache(maxsize=512)
def with_texts(
    name: str, shown: tuple[str, ...], whole: tuple[str, ...] = (), per: Per | None = None
) -> str:
    """The statement of figures per key and bucket with texts instead of its figures: of the
    measures `shown`, one per bucket, and one of those of the `whole`; either may be none.

    Each text of more than one measure has one more parameter: the texts between them.
    """
    rows = with_measures(name, measures.needed([*shown, *whole]), per=per)
    parameter = max(map(int, re.findall(r"\$(\d+)", rows))) + 1
    texts = []
    if shown:
        text = _text([f"b.{measure}" for measure in shown], parameter)
        texts += [
            "array_agg(b.bucket) as buckets",
            f"string_agg({text}, '{BETWEEN_BUCKETS}') as texts",
        ]
        parameter += len(shown) > 1
    if whole:
        texts.append(f"{_text([f'total(b.{measure})' for measure in whole], parameter)} as whole")
    shape = statement("shapes/texts").replace("{texts}", ",\n    ".join(texts))
    return shape.replace("{rows}", rows)


def _text(figures: Sequence[str], parameter: int) -> str:
    """The figures in decimal, between them the texts of that parameter."""
    parts = [figures[0]]
    for number, figure in enumerate(figures[1:], 1):
        parts += f"(${parameter}::text[])[{number}]", figure
    # As few calls as can be: a chain of operators takes longer to plan.
    calls = (parts[at : at + MOST_ARGUMENTS] for at in range(0, len(parts), MOST_ARGUMENTS))
    return " || ".join(f"concat({', '.join(each)})" for each in calls)


def uuids(keys: Iterable[UUID]) -> str:
    """Keys as a parameter. Of a list the driver would look at each one, and at its own types.

    Statements take it apart by `string_to_array`, which is done when they are planned; a cast to an
    array PostgreSQL would repeat for each row that a filter looks at.
    """
    return ",".join(map(str, keys))


def names(folder: str) -> Iterable[str]:
    """The names of all statements of a folder."""
    files = resources.files("gateway.store").joinpath("sql", folder).iterdir()
    return sorted(f"{folder}/{file.name.removesuffix('.sql')}" for file in files)
