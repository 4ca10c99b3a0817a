"""Where data come from: sources, and the imports that brought their records."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from gateway.graphql.arguments import ImportKindArgument
from gateway.graphql.context import Info
from gateway.graphql.figures import ALWAYS
from gateway.graphql.node import Node
from gateway.graphql.scalars import Count
from gateway.graphql.vocabulary import ImportKind
from gateway.store import batches


@strawberry.type(
    description="One import (a batch): what it read, and what became of it. It can be taken back"
    " by its uuid."
)
class ImportBatch(Node):
    is_type_of = ALWAYS

    uuid: UUID = strawberry.field(description="The batch's key, for `gateway import undo`.")
    kind: ImportKind = strawberry.field(description="What it brought.")
    origin: str = strawberry.field(
        description="What it read: the file's name, or the address and the name of the token with"
        " which it was posted."
    )
    started_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(
        description="When it ended; null while it runs, and if it was interrupted."
    )
    undone_at: datetime | None = strawberry.field(
        description="When it was taken back; null if it was not."
    )
    read: Count = strawberry.field(description="Records read: the sum of the following.")
    new: Count = strawberry.field(description="Records stored that were not there before.")
    replaced: Count = strawberry.field(description="Stored records that got other values.")
    unchanged: Count = strawberry.field(description="Records that were stored alike already.")
    deleted: Count = strawberry.field(description="Stored records that were deleted.")
    rejected: Count = strawberry.field(
        description="Records that could not be taken: the reject file, or the answer to the post,"
        " tells why."
    )


@strawberry.type(
    description="A system that records come from, such as freeswitch or asterisk: how fresh its"
    " data are."
)
class Source:
    name: str = strawberry.field(description='Its name; "" of records that name none.')
    newest_call: datetime | None = strawberry.field(
        description="When the newest call from it that is stored started; null if there is none."
    )
    newest_activity: datetime | None = strawberry.field(
        description="When the newest agent's activity from it that is stored started; null if there"
        " is none."
    )

    @strawberry.field(
        description="The latest import that brought records from it, also one that changed nothing"
        " or was undone since. Its counts are of all its records. Null if it is not known, or not"
        " for the viewer to see."
    )
    async def last_import(
        self: Any, info: Info, kind: ImportKindArgument = UNSET
    ) -> ImportBatch | None:
        found = await asyncio.gather(
            *(
                batch_by_uuid(info, self[f"{each.value}_batch_uuid"])
                for each in (ImportKind.CALLS, ImportKind.ACTIVITIES)
                if kind in (UNSET, None, each)
            )
        )
        return max(filter(None, found), key=lambda batch: batch["started_at"], default=None)


async def batch_by_uuid(info: Info, uuid: UUID | None) -> Any:
    return None if uuid is None else await info.context.load(batches.batches_by_uuid, uuid)
