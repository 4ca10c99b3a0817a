"""The schema's live entrance: questions whose answer is told again whenever it changes.

The root fields are resolved as a query's are: each answer is an execution of its own, in a
snapshot of its own (docs/decisions/0022).
"""

import strawberry

from gateway.graphql import arguments as said
from gateway.graphql.context import Info
from gateway.graphql.root import Domain, one_group, one_user
from gateway.graphql.scalars import Count
from gateway.graphql.types import Group, User


@strawberry.type(
    description="Questions that stay open: the whole answer comes at once, and again whenever it"
    " has changed, by a write or by the clock; a client that is slow gets the newest only. Ask over"
    " a WebSocket (graphql-transport-ws) or as an event stream (text/event-stream)."
)
class Subscription:
    @strawberry.field(description="The viewer's domain.")
    def domain(self, info: Info) -> Domain:
        return info.context.snapshot.domain

    @strawberry.field(description="One group; null while there is no such group.")
    async def group(self, info: Info, uuid: said.UuidArgument) -> Group | None:
        return await one_group(info, uuid)

    @strawberry.field(description="One user; null while there is no such user.")
    async def user(self, info: Info, by: said.UserKeyArgument) -> User | None:
        return await one_user(info, by)

    @strawberry.field(
        description="Tells of every committed change of the domain's data, by a number that grows."
    )
    def data_version(self, info: Info) -> Count:
        return info.context.snapshot.domain.data_version
