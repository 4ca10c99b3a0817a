"""One operation: its snapshot, and its loaders, which live no longer than it does."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
)

from gateway.graphql.loaders import Found, Loader
from gateway.settings import Settings
from gateway.store.snapshot import Snapshot
from gateway.telemetry import work
from gateway.telemetry.work import Step

Read: TypeAlias = Callable[..., Awaitable[Mapping[Any, Any]]]


class Operation:
    """What resolvers find in `info.context`."""

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self._loaders: dict[tuple[Hashable, ...], Loader] = {}
        self._selections: dict[tuple[Hashable, ...], tuple[str, ...]] = {}
        self._work = work.current()

    def close(self) -> None:
        """Let go of what was read: this and its loaders name each other, and would keep it."""
        self._loaders.clear()

    async def load(self, read: Read, key: Hashable, *arguments: Hashable) -> Any:
        """The read's answer for that key; None if it has none."""
        (answer,) = await self.load_many(read, [key], *arguments)
        return answer

    async def load_many(
        self, read: Read, keys: Sequence[Hashable], *arguments: Hashable
    ) -> list[Any]:
        """The read's answers in the order of the keys: one statement for all of a moment."""
        loader = self._loaders.get((read, *arguments))
        if loader is None:
            loader = Loader(partial(self._answers, read, arguments))
            self._loaders[read, *arguments] = loader
        return await loader.load_many(keys)

    async def _answers(
        self, read: Read, arguments: tuple[Hashable, ...], keys: Sequence[Hashable]
    ) -> Found:
        started = time.perf_counter()
        found: Found = {}
        try:
            found = await read(self.snapshot, keys, *arguments)
            return found
        finally:
            step = Step(
                getattr(read, "__name__", ""),
                id(asyncio.current_task()),
                started,
                time.perf_counter(),
                len(found),
            )
            self._work.reads.append(step)

    def selected(self, info: "Info", within: str | None = None) -> tuple[str, ...]:
        """The names of the fields that are asked of the answer, or of its field `within`, as the
        catalogue spells them.

        Fields under a false @skip or @include are among them: asking for more than is shown is
        right, if not thrifty.
        """
        raw: GraphQLResolveInfo[Operation] = info._raw_info  # noqa: SLF001  # the nodes as they were parsed
        key = (within, *map(id, raw.field_nodes))
        names = self._selections.get(key)
        if names is None:
            found = list(_fields(raw.field_nodes, raw.fragments))
            if within is not None:
                of_it = [node for node in found if node.name.value == within]
                found = list(_fields(of_it, raw.fragments))
            unique = {_snake(node.name.value) for node in found}
            names = self._selections[key] = tuple(sorted(unique))
        return names


Info: TypeAlias = strawberry.Info[Operation, None]


def _fields(
    nodes: Sequence[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields that are asked of what those fields give."""
    seen: set[str] = set()
    waiting = [node.selection_set for node in nodes]
    while waiting:
        selections = waiting.pop()
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                waiting.append(fragments[node.name.value].selection_set)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
