"""What the last release was: its schema, its statements, its migrations.

`python -m tests.upgrades.record` writes it anew, when a release is made and never otherwise.
`python -m tests.upgrades.record --changes` tells what has changed for clients since.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes, find_dangerous_changes

from gateway.graphql.schema import printed
from gateway.measures import MEASURES
from gateway.store import statements

RELEASED = Path(__file__).parent / "released"
SCHEMA = RELEASED / "schema.graphql"
STATEMENTS = RELEASED / "statements.json"
MIGRATIONS = RELEASED / "migrations.json"


def texts() -> Mapping[str, str]:
    """Every statement that a server prepares, with all measures."""
    folders = ("staging", "reads", "writes")
    names = [name for folder in folders for name in statements.names(folder)]
    return {name: statements.with_measures(name, tuple(MEASURES)) for name in names}


def hashes() -> Mapping[str, str]:
    return {
        name: hashlib.sha256(statements.statement(name).encode()).hexdigest()
        for name in statements.names("migrations")
    }


def breaking() -> list[str]:
    """What the schema no longer has, or has otherwise, of the last release's."""
    before, now = build_schema(SCHEMA.read_text("utf-8")), build_schema(printed())
    return [change.description for change in find_breaking_changes(before, now)]


def dangerous() -> list[str]:
    """What clients may stumble over, though no query fails."""
    before, now = build_schema(SCHEMA.read_text("utf-8")), build_schema(printed())
    return [change.description for change in find_dangerous_changes(before, now)]


def write() -> None:
    RELEASED.mkdir(exist_ok=True)
    SCHEMA.write_text(printed(), "utf-8")
    for path, content in ((STATEMENTS, texts()), (MIGRATIONS, hashes())):
        path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def tell() -> int:
    """Print the changes; how many of them break clients."""
    broken = breaking()
    for kind, changes in (("breaking", broken), ("dangerous", dangerous())):
        for change in changes:
            sys.stdout.write(f"{kind}: {change}\n")
    return len(broken)


if __name__ == "__main__":
    if "--changes" in sys.argv:
        sys.exit(bool(tell()))
    write()
