"""docs/clients.md quotes the examples, and says of the schema and of errors what holds."""

import re
from collections.abc import Iterator

from graphql import GraphQLScalarType, specified_scalar_types

from gateway import errors
from gateway.graphql.schema import SCHEMA
from tests.process import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
QUOTED = re.findall(
    r"\]\(\.\./(examples/\S+)\):\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
)


def codes(kind: type[errors.GatewayError] = errors.GatewayError) -> Iterator[str]:
    yield kind.code
    for each in kind.__subclasses__():
        yield from codes(each)


def test_every_block_is_a_files_own_text() -> None:
    assert [text for _, text in QUOTED] == BLOCKS
    assert len(BLOCKS) > 10
    for file, text in QUOTED:
        assert text in (ROOT / file).read_text("utf-8"), f"{file} changed: quote it anew"


def test_every_example_is_on_the_page() -> None:
    folders = {path.name for path in (ROOT / "examples").iterdir() if any(path.glob("*.*"))}
    table = PAGE[PAGE.index("| client |") : PAGE.index("`make examples`")]
    named = set(re.findall(r"\| `(\S+)` \|", table))
    made = {"dist", "generated", "node_modules", "__pycache__"}
    assert named == {name for name in folders if not name.startswith(".")} - made


def test_the_codes_are_the_errors() -> None:
    table = PAGE[PAGE.index("| code |") : PAGE.index("**Asking again")]
    said = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", table))
    assert said <= set(codes()), said - set(codes())


def test_every_scalar_is_explained() -> None:
    table = PAGE[PAGE.index("| scalar |") : PAGE.index("**Cache keys")]
    standard = {scalar.name for scalar in specified_scalar_types.values()}
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, GraphQLScalarType) and name not in standard:
            assert f"`{name}`" in table
