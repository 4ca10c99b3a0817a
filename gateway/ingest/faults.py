"""What does not fit together in a directory document, each with its place in it."""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.errors import BadUserInputError
from gateway.ingest.checking import shown
from gateway.ingest.plan import Plan
from gateway.ingest.records import DomainEntry
from gateway.period import zone
from gateway.store.writes_directory import (
    DEPARTMENTS,
    EXTENSIONS,
    GROUP_MEMBERS,
    GROUPS,
    TABLES,
    USERS,
    Key,
    Table,
)

UNSTORABLE = "it holds the character U+0000, which cannot be stored"


class Reference(NamedTuple):
    """A column that holds the uuid of a row of the table `target`."""

    table: Table
    column: str
    target: Table
    noun: str


REFERENCES = (
    Reference(GROUPS, "department_uuid", DEPARTMENTS, "department"),
    Reference(EXTENSIONS, "user_uuid", USERS, "user"),
    Reference(GROUP_MEMBERS, "group_uuid", GROUPS, "group"),
    Reference(GROUP_MEMBERS, "user_uuid", USERS, "user"),
)


def of_domain(domain: DomainEntry) -> Iterator[str]:
    if "\0" in domain.domain_name:
        yield f"domain.domain_name: {UNSTORABLE}"
    try:
        zone(domain.time_zone)
    except BadUserInputError as error:
        yield f"domain.time_zone: {error.message}"


def of_plan(plan: Plan) -> Iterator[str]:
    for table in TABLES:
        yield from _unstorable(plan, table)
        yield from _listed_twice(plan, table)
        yield from _same_name(plan, table)
    for reference in REFERENCES:
        yield from _dangling(plan, reference)
    yield from _groups_left_behind(plan)


def _unstorable(plan: Plan, table: Table) -> Iterator[str]:
    for number, row in enumerate(plan.listed[table]):
        for column, value in row.items():
            if isinstance(value, str) and "\0" in value:
                yield f"{table.name}[{number}].{column}: {UNSTORABLE}"


def _listed_twice(plan: Plan, table: Table) -> Iterator[str]:
    seen: dict[Key, int] = {}
    for number, row in enumerate(plan.listed[table]):
        first = seen.setdefault(table.key(row), number)
        if first != number:
            columns = " and ".join(table.columns[: table.keys])
            yield f"{table.name}[{number}]: it has the same {columns} as {table.name}[{first}]"


def _same_name(plan: Plan, table: Table) -> Iterator[str]:
    """Names that are unique among the living, and would not be."""
    owners = {
        table.living_name(row): "one that the document does not list"
        for key, row in plan.stored[table].items()
        if key not in plan.put[table] and key not in plan.gone[table]
    }
    for number, row in enumerate(plan.listed[table]):
        name = table.living_name(row)
        place = f"{table.name}[{number}]"
        if name is not None and owners.setdefault(name, place) != place:
            yield f"{place}.{table.unique}: {shown(name)} is also the name of {owners[name]}"


def _dangling(plan: Plan, reference: Reference) -> Iterator[str]:
    table, column, target, noun = reference
    for number, row in enumerate(plan.listed[table]):
        value = row[column]
        if value is not None and plan.row(target, (value,)) is None:
            going = (value,) in plan.gone[target]
            reason = "is not listed and would be removed" if going else "does not exist"
            yield f"{table.name}[{number}].{column}: the {noun} {value} {reason}"


def _groups_left_behind(plan: Plan) -> Iterator[str]:
    """Groups that the document does not speak of, in departments that it no longer lists."""
    for key, row in plan.stored[GROUPS].items():
        spoken_of = key in plan.put[GROUPS] or key in plan.gone[GROUPS]
        if not spoken_of and (row["department_uuid"],) in plan.gone[DEPARTMENTS]:
            yield (
                f"departments: {row['department_uuid']} is no longer listed,"
                f" but the group {shown(row['group_name'])} belongs to it"
            )
