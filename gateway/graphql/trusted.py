"""Trusted documents: a manifest that the operator gives, made when the clients are built."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.errors import ConfigurationError, GatewayError
from gateway.graphql.documents import (
    Document,
    Documents,
    InvalidDocumentError,
    Operation,
)
from gateway.settings import Settings
from gateway.telemetry.work import hash_of

APOLLO = "apollo-persisted-query-manifest"


class Trusted:
    """The manifest's documents by their ids, and by the hash of their text."""

    def __init__(self, settings: Settings, documents: Documents) -> None:
        path = settings.trusted_documents
        if path is None and settings.trusted_only:
            raise ConfigurationError(
                "GATEWAY_TRUSTED_ONLY needs a manifest: set GATEWAY_TRUSTED_DOCUMENTS."
            )
        self._named: dict[str, Document] = {}
        self._ids: dict[int, str] = {}
        for key, text in _entries(path) if path else ():
            document = _valid(key, text, documents, path)
            self._named[key] = self._named[hash_of(text)] = document
            self._ids[id(document)] = key

    def document(self, key: str) -> Document | None:
        return self._named.get(key)

    def label(self, document: Document, operation: Operation) -> str:
        """What metrics call the operation; '' unless it is the manifest's."""
        key = self._ids.get(id(document), "")
        return (operation.name or key) if key else ""


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    """(id, text) of each document, of Apollo's manifest or of a plain table of texts by id."""
    found = _json(path)
    if isinstance(found, dict) and found.get("format") == APOLLO:
        operations = found.get("operations")
        if found.get("version") != 1 or not isinstance(operations, list):
            raise _unreadable(path, "it is no manifest of version 1")
        pairs = [(_of(each, "id"), _of(each, "body")) for each in operations]
    elif isinstance(found, dict):
        pairs = list(found.items())
    else:
        raise _unreadable(path, "it is no JSON object")
    for key, text in pairs:
        if not isinstance(key, str) or not isinstance(text, str) or not key:
            raise _unreadable(path, f"document {key!r} needs an id and a text")
        yield key, text


def _json(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    except orjson.JSONDecodeError as error:
        raise _unreadable(path, f"it is not JSON: {error}") from None


def _of(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, Mapping) else None


def _valid(key: str, text: str, documents: Documents, path: Path | None) -> Document:
    try:
        return documents.document(text)
    except InvalidDocumentError as error:
        raise _unreadable(path, f'document "{key}": {error.errors[0].message}') from None
    except GatewayError as error:
        raise _unreadable(path, f'document "{key}": {error.message}') from None


def _unreadable(path: Path | None, why: str) -> ConfigurationError:
    return ConfigurationError(f"GATEWAY_TRUSTED_DOCUMENTS, {path}: {why}")
