"""Documents: parsed and validated once, and kept by their text."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)

from gateway.errors import BadRequestError, GatewayError, ParseFailedError, ValidationFailedError

MAX_DOCUMENTS = 1000
MAX_KEPT = 20_000_000
MAX_TOKENS = 4000
MAX_ERRORS = 20


class Document(NamedTuple):
    """A valid document and its operations."""

    node: DocumentNode
    operations: tuple[OperationDefinitionNode, ...]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one to run: by name, or the only one."""
        if name is None:
            if len(self.operations) != 1:
                raise BadRequestError(
                    "The document has several operations: say which by operationName."
                )
            return self.operations[0]
        for operation in self.operations:
            if operation.name is not None and operation.name.value == name:
                return operation
        raise BadRequestError(f'The document has no operation "{name[:80]}".')


class InvalidDocumentError(GatewayError):
    """The document has errors."""

    status = 400

    def __init__(self, errors: Sequence[GraphQLError], reason: type[GatewayError]) -> None:
        super().__init__()
        self.errors = errors
        self.reason = reason


class Documents:
    """Valid documents by their text, the least recently used forgotten first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._size = 0

    def get(self, text: str) -> Document:
        """The document of that text; InvalidDocumentError if it has none."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        document = self._read(text)
        self._kept[text] = document
        self._size += len(text)
        while len(self._kept) > MAX_DOCUMENTS or self._size > MAX_KEPT:
            self._size -= len(self._kept.popitem(last=False)[0])
        return document

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=MAX_TOKENS)
            errors = validate(self._schema, node, max_errors=MAX_ERRORS)
        except GraphQLSyntaxError as error:
            raise InvalidDocumentError([error], ParseFailedError) from None
        except RecursionError:
            too_deep = GraphQLError("The document is nested too deeply.")
            raise InvalidDocumentError([too_deep], ParseFailedError) from None
        if errors:
            raise InvalidDocumentError(errors, ValidationFailedError)
        found = tuple(d for d in node.definitions if isinstance(d, OperationDefinitionNode))
        return Document(node, found)
