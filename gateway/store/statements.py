"""SQL lives in files, one statement each; this finds them by name."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import resources

from gateway import measures


@cache
def statement(name: str) -> str:
    """The text of `sql/<name>.sql`, for example `reads/domain`: once read, it stays as it was,
    whatever another release puts in its place meanwhile.
    """
    return resources.files("gateway.store").joinpath("sql", f"{name}.sql").read_text("utf-8")


@lru_cache(maxsize=512)
def with_measures(name: str, names: tuple[str, ...], by: str | None = None) -> str:
    """The statement with the catalogue's columns of those measures in its select lists, and the
    value of the measure or metric `by` which it ranks.
    """
    text = statement(name).replace("{measures}", measures.columns(names))
    if by is not None:
        text = text.replace("{value}", measures.value(by))
    return text.replace("{stored}", measures.stored_columns(names))


@lru_cache(maxsize=512)
def with_texts(name: str, shown: tuple[str, ...], whole: tuple[str, ...] = ()) -> str:
    """The statement of figures per key and bucket, with a text of the measures `shown` per bucket,
    and one of those of the `whole`, unless there are none.

    Each text of more than one measure has one more parameter: the texts between them.
    """
    rows = with_measures(name, measures.needed([*shown, *whole]))
    parameter = max(map(int, re.findall(r"\$(\d+)", rows))) + 1
    text = _text([f"b.{measure}" for measure in shown], parameter)
    together = ""
    if whole:
        totals = [f"total(b.{measure})" for measure in whole]
        together = f",\n    {_text(totals, parameter + (len(shown) > 1))} as whole"
    shape = statement("shapes/texts").replace("{text}", text).replace("{whole}", together)
    return shape.replace("{rows}", rows)


def _text(figures: Sequence[str], parameter: int) -> str:
    """The figures in decimal, between them the texts of that parameter."""
    text = f"{figures[0]}::text"
    for number, figure in enumerate(figures[1:], 1):
        text += f" || (${parameter}::text[])[{number}] || {figure}"
    return text


def names(folder: str) -> Iterable[str]:
    """The names of all statements of a folder."""
    files = resources.files("gateway.store").joinpath("sql", folder).iterdir()
    return sorted(f"{folder}/{file.name.removesuffix('.sql')}" for file in files)
