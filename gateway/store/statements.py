"""SQL lives in files, one statement each; this finds them by name."""

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


def names(folder: str) -> Iterable[str]:
    """The names of all statements of a folder."""
    files = resources.files("gateway.store").joinpath("sql", folder).iterdir()
    return sorted(f"{folder}/{file.name.removesuffix('.sql')}" for file in files)
