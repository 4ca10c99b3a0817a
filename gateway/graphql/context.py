"""One operation: its snapshot, and its loaders, which live no longer than it does."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import strawberry
from aiodataloader import DataLoader
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
)

from gateway.settings import Settings
from gateway.store.database import Snapshot

Key = tuple[Hashable, tuple[Hashable, ...]]
Read: TypeAlias = Callable[..., Awaitable[Mapping[Any, Any]]]


class ReadLoader(DataLoader[Key, Any]):
    """Gathers what resolvers ask of one read: one statement per distinct set of arguments."""

    def __init__(self, snapshot: Snapshot, read: Read) -> None:
        self._snapshot = snapshot
        self._read = read
        super().__init__()

    def load(self, key: Key) -> asyncio.Future[Any]:
        # A future for each caller: when a failing field cancels its siblings, those that wait
        # elsewhere for the same key are not cancelled with them.
        return asyncio.shield(super().load(key))

    async def batch_load_fn(self, keys: Sequence[Key]) -> list[Any]:
        wanted: dict[tuple[Hashable, ...], list[Hashable]] = {}
        for key, arguments in keys:
            wanted.setdefault(arguments, []).append(key)
        found = {arguments: await self._rows(some, arguments) for arguments, some in wanted.items()}
        return [
            rows if isinstance(rows := found[arguments], Exception) else rows.get(key)
            for key, arguments in keys
        ]

    async def _rows(
        self, keys: Iterable[Hashable], arguments: tuple[Hashable, ...]
    ) -> Mapping[Any, Any] | Exception:
        try:
            return await self._read(self._snapshot, keys, *arguments)
        except Exception as error:  # noqa: BLE001  # it belongs to these keys only
            return error


class Operation:
    """What resolvers find in `info.context`."""

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self._loaders: dict[Read, ReadLoader] = {}
        self._selections: dict[tuple[int, ...], tuple[str, ...]] = {}

    async def load(self, read: Read, key: Hashable, *arguments: Hashable) -> Any:
        """The read's answer for that key; None if it has none."""
        loader = self._loaders.get(read)
        if loader is None:
            loader = self._loaders[read] = ReadLoader(self.snapshot, read)
        return await loader.load((key, arguments))

    def selected(self, info: "Info") -> tuple[str, ...]:
        """The names of the fields that are asked of the answer, as the catalogue spells them.

        Fields under a false @skip or @include are among them: asking for more than is shown is
        right, if not thrifty.
        """
        raw: GraphQLResolveInfo[Operation] = info._raw_info  # noqa: SLF001  # the nodes as they were parsed
        key = tuple(map(id, raw.field_nodes))
        names = self._selections.get(key)
        if names is None:
            found: set[str] = set()
            for node in raw.field_nodes:
                _collect(node.selection_set, raw.fragments, found, set())
            names = self._selections[key] = tuple(sorted(map(_snake, found)))
        return names


Info: TypeAlias = strawberry.Info[Operation, None]


def _collect(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    found: set[str],
    seen: set[str],
) -> None:
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            found.add(node.name.value)
        elif isinstance(node, InlineFragmentNode):
            _collect(node.selection_set, fragments, found, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            _collect(fragments[node.name.value].selection_set, fragments, found, seen)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
