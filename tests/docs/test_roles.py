"""What docs/roles.md says of roles is what the code does."""

from pathlib import Path

from graphql import GraphQLObjectType

from gateway.graphql.schema import SCHEMA
from gateway.viewer import PERSONAL, Role

PAGE = (Path(__file__).parents[2] / "docs" / "roles.md").read_text("utf-8")
OWNERS = {"User": "user", "Call": "call"}


def columns(line: str) -> list[str]:
    return [text.strip() for text in line.strip("|").split("|")]


def personal_fields() -> dict[str, str]:
    """The schema's personal fields by their column, as the page names them."""
    return {
        "".join(f"_{c.lower()}" if c.isupper() else c for c in name): f"`{name}` of a {owner}"
        for typename, owner in OWNERS.items()
        if isinstance(kind := SCHEMA.type_map[typename], GraphQLObjectType)
        for name, field in kind.fields.items()
        if "Personal:" in (field.description or "")
    }


def test_the_table_of_personal_data() -> None:
    lines = [columns(line) for line in PAGE.splitlines() if line.startswith("| `")]
    heading = next(columns(line) for line in PAGE.splitlines() if line.startswith("| field |"))
    assert heading == ["field", *Role]
    fields = personal_fields()
    assert fields.keys() == PERSONAL.keys()
    for column, sights in PERSONAL.items():
        assert [fields[column], *(sights[role] for role in Role)] in lines
        assert sights.keys() == {*Role}


def test_the_table_of_roles() -> None:
    lines = [columns(line) for line in PAGE.splitlines() if line.startswith("| `")]
    said = {line[0].strip("`"): line[2:] for line in lines if len(line) == 4}
    assert said == {
        str(role): ["no", "yes"] if role.sees_domain else ["yes", "no"] for role in Role
    }
