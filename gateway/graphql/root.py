"""The schema's entrance: what can be asked of the viewer's domain."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry
from strawberry import UNSET

from gateway.graphql import arguments as said
from gateway.graphql.arguments import TEAMS
from gateway.graphql.context import Info, Read
from gateway.graphql.figures import ALWAYS, AgentTime
from gateway.graphql.node import Node, named_by
from gateway.graphql.paging import PAGE, page, position, size
from gateway.graphql.prices import page_price, price, usually
from gateway.graphql.provenance import Source
from gateway.graphql.ranking import UserConnection
from gateway.graphql.scalars import Count
from gateway.graphql.types import (
    Department,
    DepartmentConnection,
    Extension,
    ExtensionConnection,
    Group,
    GroupConnection,
    Reporting,
    User,
    agent_time_field,
    user_by_uuid,
)
from gateway.store import batches, calls, directory
from gateway.viewer import Role

NODES: Mapping[str, Read] = {
    "Department": directory.departments_by_uuid,
    "Group": directory.groups_by_uuid,
    "User": directory.users_by_uuid,
    "Extension": directory.extensions_by_uuid,
    "Call": calls.calls_by_uuid,
    "Queue": directory.queues_by_uuid,
    "ImportBatch": batches.batches_by_uuid,
}


async def users(
    info: Info,
    filter: said.UserFilterArgument = UNSET,  # noqa: A002  # the argument's name
    order_by: said.UserOrderArgument = UNSET,
    first: said.FirstArgument = 50,
    after: said.AfterArgument = UNSET,
) -> UserConnection:
    snapshot, limit = info.context.snapshot, size(first, info.context.settings)
    matching = said.user_match(filter)
    order = said.order(order_by, directory.BY_USERNAME)
    listing = ("users", *order)
    place = position(after, listing)
    rows = await directory.users_page(snapshot, limit + 1, place, matching, order)
    total = partial(directory.users_count, snapshot, matching)
    return {**page(rows, limit, after, listing, total), "matching": matching}


async def extensions(
    info: Info,
    filter: said.ExtensionFilterArgument = UNSET,  # noqa: A002
    order_by: said.ExtensionOrderArgument = UNSET,
    first: said.FirstArgument = 50,
    after: said.AfterArgument = UNSET,
) -> ExtensionConnection:
    snapshot, limit = info.context.snapshot, size(first, info.context.settings)
    matching = said.extension_match(filter)
    order = said.order(order_by, directory.BY_NUMBER)
    listing = ("extensions", *order)
    place = position(after, listing)
    rows = await directory.extensions_page(snapshot, limit + 1, place, matching, order)
    total = partial(directory.extensions_count, snapshot, matching)
    return page(rows, limit, after, listing, total)


async def groups(
    info: Info,
    filter: said.GroupFilterArgument = TEAMS,  # noqa: A002
    first: said.FirstArgument = 50,
    after: said.AfterArgument = UNSET,
) -> GroupConnection:
    snapshot, limit = info.context.snapshot, size(first, info.context.settings)
    matching = said.group_match(filter)
    listing = ("groups",)
    rows = await directory.groups_page(snapshot, limit + 1, position(after, listing), matching)
    total = partial(directory.groups_count, snapshot, matching)
    return page(rows, limit, after, listing, total)


async def departments(
    info: Info, first: said.FirstArgument = 50, after: said.AfterArgument = UNSET
) -> DepartmentConnection:
    snapshot, limit = info.context.snapshot, size(first, info.context.settings)
    listing = ("departments",)
    rows = await directory.departments_page(snapshot, limit + 1, position(after, listing))
    total = partial(directory.departments_count, snapshot)
    return page(rows, limit, after, listing, total)


async def one_user(info: Info, by: Any) -> User | None:
    if by.uuid:
        return await info.context.load(directory.users_by_uuid, by.uuid)
    return await info.context.load(directory.users_by_username, by.username)


async def one_group(info: Info, uuid: UUID) -> Group | None:
    return await info.context.load(directory.groups_by_uuid, uuid)


def list_field(resolver: Any, what: str) -> Any:
    return strawberry.field(
        resolver=resolver,
        description=f"{what} of the domain, in pages.",
        metadata=page_price(PAGE, own=20),
    )


@strawberry.type(
    description="The viewer's domain: the tenant. Nothing outside it exists, and its lists and"
    " figures are of what the viewer sees."
)
class Domain(Reporting):
    is_type_of = ALWAYS

    uuid: UUID = strawberry.field(description="The phone system's key.")
    name: str = strawberry.field(description="Its name.")
    data_version: Count = strawberry.field(
        description="Grows with every committed change of the domain's data."
    )
    raw_since: datetime | None = strawberry.field(
        description="From then on calls and activities are kept one by one, and before it their"
        " figures per day of the domain's zone; null if nothing is deleted with age."
    )
    users: UserConnection = list_field(users, "Living users")
    groups: GroupConnection = list_field(groups, "Groups")
    departments: DepartmentConnection = list_field(departments, "Departments")
    extensions: ExtensionConnection = list_field(extensions, "Living extensions")
    agent_time: AgentTime | None = agent_time_field("all users of the domain")

    @strawberry.field(
        description="The systems that the domain's records come from, by name: how fresh they are.",
        metadata=price(size=usually(5)),
    )
    async def sources(self: Any, info: Info) -> list[Source]:
        return await info.context.load(batches.sources_by_domain, self.uuid) or []

    @strawberry.field(description="Whose days and clock hold where a question names no other.")
    def time_zone(self, info: Info) -> ZoneInfo:
        return info.context.snapshot.zone


@strawberry.type(description="Who asks.")
class Viewer:
    role: Role = strawberry.field(
        description="The role in effect: the token's, or its user's level if that is lower."
    )
    token_name: str = strawberry.field(description="The name the operator gave the token.")
    expires_at: datetime | None = strawberry.field(
        description="When the token ends; null if it does not."
    )

    @strawberry.field(description="The user the token is for; null if it is nobody's own.")
    async def user(self: Any, info: Info) -> User | None:
        return await user_by_uuid(info, self["user_uuid"])

    @strawberry.field(description="The domain that is looked at.")
    def domain(self, info: Info) -> Domain:
        return info.context.snapshot.domain


@strawberry.type(description="Questions. Everything read by one operation is one snapshot.")
class Query:
    users: UserConnection = list_field(users, "Living users")
    groups: GroupConnection = list_field(groups, "Groups")
    departments: DepartmentConnection = list_field(departments, "Departments")
    extensions: ExtensionConnection = list_field(extensions, "Living extensions")

    @strawberry.field(description="Who asks.")
    def viewer(self, info: Info) -> Viewer:
        # Another token may see the same and is another viewer.
        info.context.snapshot.passes()
        viewer = info.context.snapshot.viewer
        return {
            "role": viewer.role,
            "token_name": viewer.token_name,
            "expires_at": viewer.expires_at,
            "user_uuid": viewer.user_uuid,
        }

    @strawberry.field(description="The viewer's domain.")
    def domain(self, info: Info) -> Domain:
        return info.context.snapshot.domain

    @strawberry.field(description="Anything by its id; null if there is no such thing.")
    async def node(
        self,
        info: Info,
        id: said.IdArgument,  # noqa: A002
    ) -> Node | None:
        typename, uuid = named_by(id)
        if typename == "Domain":
            domain = info.context.snapshot.domain
            return domain if domain.uuid == uuid else None
        read = NODES.get(typename)
        return None if read is None or uuid is None else await info.context.load(read, uuid)

    @strawberry.field(description="One user; null if there is no such user.")
    async def user(self, info: Info, by: said.UserKeyArgument) -> User | None:
        return await one_user(info, by)

    @strawberry.field(description="One extension; null if there is no such extension.")
    async def extension(self, info: Info, by: said.ExtensionKeyArgument) -> Extension | None:
        if by.uuid:
            return await info.context.load(directory.extensions_by_uuid, by.uuid)
        return await info.context.load(directory.extensions_by_number, by.extension)

    @strawberry.field(description="One group; null if there is no such group.")
    async def group(self, info: Info, uuid: said.UuidArgument) -> Group | None:
        return await one_group(info, uuid)

    @strawberry.field(description="One department; null if there is no such department.")
    async def department(self, info: Info, uuid: said.UuidArgument) -> Department | None:
        return await info.context.load(directory.departments_by_uuid, uuid)
