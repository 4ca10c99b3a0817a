"""How usual values of leaves are written, as source text."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)

from gateway.graphql.scalars import LARGEST, instant_text, whole_number


class Form(NamedTuple):
    """`usual`: when a value {v} is one that needs no error, no conversion and no second look;
    `written`: what is answered for it then, the same as the type itself would answer.
    """

    usual: str
    written: str = "{v}"
    names: Mapping[str, Any] = {}


TEXT = Form("type({v}) is str")
WHOLE = "type({v}) is int and {least} <= {v} <= {most}"

# By what a scalar writes its values with: another function, another form, or none.
FORMS: Mapping[Callable[[Any], Any], Form] = {
    GraphQLString.coerce_output_value: TEXT,
    GraphQLID.coerce_output_value: TEXT,
    GraphQLBoolean.coerce_output_value: Form("type({v}) is bool"),
    # Infinity minus infinity is no number.
    GraphQLFloat.coerce_output_value: Form("type({v}) is float and {v} - {v} == 0"),
    GraphQLInt.coerce_output_value: Form(
        WHOLE.format(v="{v}", least=GRAPHQL_MIN_INT, most=GRAPHQL_MAX_INT)
    ),
    whole_number: Form(WHOLE.format(v="{v}", least=-LARGEST, most=LARGEST)),
    date.isoformat: Form("type({v}) is date", "{v}.isoformat()", {"date": date}),
    instant_text: Form(
        "type({v}) is datetime",
        "instant_text({v})",
        {"datetime": datetime, "instant_text": instant_text},
    ),
    str: Form("isinstance({v}, named)", "str({v})", {"named": (UUID, ZoneInfo)}),
}


def form(kind: GraphQLLeafType, number: int) -> Form | None:
    """The form of a type's values; None if we do not know it. `number` tells leaves apart."""
    if not isinstance(kind, GraphQLEnumType):
        return FORMS.get(kind.coerce_output_value)
    values = (value.value for value in kind.values.values())
    texts = {value: kind.coerce_output_value(value) for value in values if type(value) is str}
    table = f"texts{number}"
    return Form(f"type({{v}}) is str and {{v}} in {table}", f"{table}[{{v}}]", {table: texts})
