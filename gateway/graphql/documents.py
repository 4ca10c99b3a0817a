"""Documents: parsed, measured and validated once, and kept by the hash of their text."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.validation.rules import overlapping_fields_can_be_merged as merging
from graphql.validation.validate import ValidationAbortedError

from gateway.errors import (
    BadRequestError,
    GatewayError,
    ParseFailedError,
    QueryTooComplexError,
    ValidationFailedError,
)
from gateway.graphql.cost import HUGE, Costs
from gateway.graphql.shape import Shape, ordered, shapes
from gateway.settings import Settings

MAX_KEPT = 20_000_000
MAX_ERRORS = 20
MAX_TEXT = 100_000
# A text of that many characters is read in a few milliseconds; a longer one not on the loop.
SHORT = 2000
# Comparisons of fields that share a name; the largest of our own queries needs 26.
MAX_COMPARISONS = 10_000

merging.MAX_COMPLEXITY_BUDGET = MAX_COMPARISONS


class InvalidDocumentError(GatewayError):
    """The document has errors."""

    status = 400

    def __init__(self, errors: Sequence[GraphQLError], reason: type[GatewayError]) -> None:
        super().__init__()
        self.errors = errors
        self.reason = reason


@dataclass
class Operation:
    """One operation of a valid document."""

    node: OperationDefinitionNode
    shape: Shape
    cost: Callable[[VariableValues | None], int]
    known_cost: int | None = None

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    @property
    def live(self) -> bool:
        """Whether it is a subscription: told again whenever its answer changes."""
        return self.node.operation is OperationType.SUBSCRIPTION

    def cost_with(self, schema: GraphQLSchema, variables: Mapping[str, Any]) -> int:
        """What it costs with these variables; 0 if they do not fit, for then nothing runs."""
        if self.known_cost is not None:
            return self.known_cost
        definitions = self.node.variable_definitions
        if not definitions:
            self.known_cost = self.cost(None)
            return self.known_cost
        values = get_variable_values(schema, definitions, dict(variables), max_errors=1)
        return self.cost(values) if isinstance(values, VariableValues) else 0


@dataclass(frozen=True)
class Document:
    """A valid document and its operations."""

    text: str
    node: DocumentNode
    operations: Sequence[Operation]

    def operation(self, name: str | None) -> Operation:
        """The one to run: by name, or the only one."""
        if name is None:
            if len(self.operations) != 1:
                raise BadRequestError(
                    "The document has several operations: say which by operationName."
                )
            return self.operations[0]
        for operation in self.operations:
            if operation.name == name:
                return operation
        raise BadRequestError(f'The document has no operation "{name[:80]}".')


def hash_of(text: str) -> str:
    """The SHA-256 by which clients may name a text."""
    return hashlib.sha256(text.encode()).hexdigest()


class Documents:
    """Valid documents, the least recently used forgotten first.

    They are keyed by a hash that anybody can work out and nobody can forge, so that whoever names
    one has its text: it does not matter whose it was first.
    """

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self._schema = schema
        self._settings = settings
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._size = 0
        self._reading = asyncio.Lock()

    def kept(self, key: str) -> Document | None:
        """The document with that hash, if it is known."""
        document = self._kept.get(key)
        if document is not None:
            self._kept.move_to_end(key)
        return document

    @staticmethod
    def is_long(text: str | None) -> bool:
        """Whether reading it takes so long that others should not wait for it."""
        return text is not None and len(text) > SHORT

    async def read(self, text: str, *, suggesting: bool = True) -> Document:
        """The document of that text. A long one leaves the loop to others, one at a time."""
        if not self.is_long(text):
            return self._keep(self.document(text, suggesting=suggesting))
        async with self._reading:
            known = self.kept(hash_of(text))
            return known or self._keep(
                await asyncio.to_thread(self.document, text, suggesting=suggesting)
            )

    def check_cost(self, operation: Operation, variables: Mapping[str, Any] | None) -> int:
        """Its cost with these variables, if it may be so much."""
        cost, cap = operation.cost_with(self._schema, variables or {}), self._settings.max_cost
        if cost > cap:
            raise QueryTooComplexError(
                "cost", cost, cap, "Ask for smaller pages, a shorter period or fewer fields."
            )
        return cost

    def document(self, text: str, *, suggesting: bool = True) -> Document:
        """The document of that text; InvalidDocumentError or QueryTooComplexError if it is none."""
        node = self._parsed(text)
        fragments = ordered(node)
        operations = [
            each for each in node.definitions if isinstance(each, OperationDefinitionNode)
        ]
        measured = shapes(operations, fragments)
        for shape in measured:
            self._check_shape(shape)
        self._validate(node, suggesting=suggesting)
        costs = Costs(self._schema, fragments, self._settings)
        found = [
            Operation(each, shape, costs.of(each))
            for each, shape in zip(operations, measured, strict=True)
        ]
        return Document(text, node, found)

    def _keep(self, document: Document) -> Document:
        key = hash_of(document.text)
        if key not in self._kept:
            self._kept[key] = document
            self._size += len(document.text)
        while len(self._kept) > self._settings.max_documents or self._size > MAX_KEPT:
            self._size -= len(self._kept.popitem(last=False)[1].text)
        return document

    def _parsed(self, text: str) -> DocumentNode:
        if len(text) > MAX_TEXT:
            advice = "Send long values as variables."
            raise QueryTooComplexError("characters", len(text), MAX_TEXT, advice)
        cap = self._settings.max_tokens
        try:
            return parse(text, max_tokens=cap)
        except GraphQLSyntaxError as error:
            if "tokens. Parsing aborted" in error.message:
                raise QueryTooComplexError(
                    "tokens", None, cap, "Split the document, or ask for less."
                ) from None
            raise InvalidDocumentError([error], ParseFailedError) from None
        except RecursionError:
            too_deep = GraphQLError("The document is nested too deeply.")
            raise InvalidDocumentError([too_deep], ParseFailedError) from None

    def _check_shape(self, shape: Shape) -> None:
        settings = self._settings
        for limit, estimate, cap, advice in (
            ("depth", shape.depth, settings.max_depth, "Nest fewer fields."),
            ("aliases", shape.aliases, settings.max_aliases, "Send several requests."),
            ("root fields", shape.roots, settings.max_root_fields, "Send several requests."),
        ):
            if estimate > cap:
                raise QueryTooComplexError(limit, min(estimate, HUGE), cap, advice)

    def _validate(self, node: DocumentNode, *, suggesting: bool) -> None:
        errors = validate(
            self._schema, node, max_errors=MAX_ERRORS, hide_suggestions=not suggesting
        )
        if not errors:
            return
        if isinstance(errors[-1], ValidationAbortedError) and len(errors) <= MAX_ERRORS:
            raise QueryTooComplexError(
                "comparisons of fields", None, MAX_COMPARISONS, "Ask for each field once."
            )
        raise InvalidDocumentError(errors, ValidationFailedError)


def is_mutation(text: str, name: str | None, most_tokens: int) -> bool:
    """Whether that operation of the text would change something, valid or not."""
    try:
        node = parse(text, max_tokens=most_tokens)
    except (GraphQLError, RecursionError):
        return False
    operations = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
    named = [each for each in operations if each.name and each.name.value == name]
    return any(each.operation is OperationType.MUTATION for each in (named if name else operations))
