"""SQL lives in files, one statement each; this finds them by name."""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from gateway import measures


@lru_cache
def statement(name: str) -> str:
    """The text of `sql/<name>.sql`, for example `reads/domain`."""
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
def with_texts(name: str, shown: tuple[str, ...]) -> str:
    """The statement of figures per key and bucket, with a text of those measures per bucket.

    One more parameter has the texts between them.
    """
    rows = with_measures(name, measures.needed(shown))
    last = max(map(int, re.findall(r"\$(\d+)", rows))) + 1
    text = f"b.{shown[0]}::text"
    for number, measure in enumerate(shown[1:], 1):
        text += f" || ($%d::text[])[{number}] || b.{measure}" % last
    return statement("shapes/texts").replace("{text}", text).replace("{rows}", rows)


def names(folder: str) -> Iterable[str]:
    """The names of all statements of a folder."""
    files = resources.files("gateway.store").joinpath("sql", folder).iterdir()
    return sorted(f"{folder}/{file.name.removesuffix('.sql')}" for file in files)
