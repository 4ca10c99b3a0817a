"""The errors that a client or an operator may meet.

Each class has a code (GraphQL's `extensions.code`), an HTTP status and a docstring that is its
message where none is given. A message says what was wrong and what to write instead; it never
carries another tenant's data nor anything of the inside.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar


class GatewayError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, **extensions: object) -> None:
        self.message = message or type(self).__doc__ or self.code
        self.extensions: Mapping[str, object] = {"code": self.code, **extensions}
        super().__init__(self.message)

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to the error."""
        return {}


class InternalError(GatewayError):
    """Something went wrong inside. The log has the details under this request's id."""


class ConfigurationError(GatewayError):
    """The settings do not fit together."""

    code = "CONFIGURATION"


class BadRequestError(GatewayError):
    """The body is not a GraphQL request: send a JSON object with a string "query"."""

    code = "BAD_REQUEST"
    status = 400


class BadUserInputError(GatewayError):
    """An argument is not what is expected.

    `argument` names the argument or parameter.
    """

    code = "BAD_USER_INPUT"
    status = 400

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(message, argument=argument)
        self.argument = argument


class ImportRefusedError(GatewayError):
    """The import cannot be done."""

    code = "IMPORT_REFUSED"
    status = 400


class PeriodTooLongError(GatewayError):
    """The period is too long."""

    code = "PERIOD_TOO_LONG"
    status = 400

    def __init__(self, max_days: int) -> None:
        super().__init__(
            f"The period is longer than {max_days} days: ask for several shorter ones.",
            maxDays=max_days,
        )


class PeriodTooOldError(GatewayError):
    """The period begins before what is kept one by one."""

    code = "PERIOD_TOO_OLD"
    status = 400

    def __init__(self, raw_since: datetime) -> None:
        since = raw_since.isoformat()
        super().__init__(
            f"Before {since} only whole days of the domain's own zone are kept: ask for such days,"
            f" without a filter of calls, or for a period from {since} on.",
            rawSince=since,
        )


class QueryTooComplexError(GatewayError):
    """The query asks for too much at once.

    `limit` names what there is too much of, `estimate` says how much, `cap` how much may be.
    """

    code = "QUERY_TOO_COMPLEX"
    status = 400

    def __init__(self, limit: str, estimate: int | None, cap: int, advice: str) -> None:
        counted = f"more than {cap}" if estimate is None else f"{estimate}, {cap} at most"
        known = {} if estimate is None else {"estimate": estimate}
        message = f"Too much at once: {limit} {counted}. {advice}"
        super().__init__(message, limit=limit, cap=cap, **known)


class ParseFailedError(GatewayError):
    """The query's text is not GraphQL."""

    code = "GRAPHQL_PARSE_FAILED"
    status = 400


class ValidationFailedError(GatewayError):
    """The query does not fit the schema."""

    code = "GRAPHQL_VALIDATION_FAILED"
    status = 400


class UnauthenticatedError(GatewayError):
    """A valid token is needed: send the header "Authorization: Bearer <token>"."""

    code = "UNAUTHENTICATED"
    status = 401

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="call statistics"'}


class ForbiddenError(GatewayError):
    """The token's role does not allow this."""

    code = "FORBIDDEN"
    status = 403


class NotFoundError(GatewayError):
    """There is nothing at this address."""

    code = "NOT_FOUND"
    status = 404


class MethodNotAllowedError(GatewayError):
    """Another method is needed at this address."""

    code = "METHOD_NOT_ALLOWED"
    status = 405

    def __init__(self, allow: str) -> None:
        super().__init__(f"This address takes {allow} only.")
        self.allow = allow

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": self.allow}


class PersistedQueryNotFoundError(GatewayError):
    """PersistedQueryNotFound"""

    # Clients of the protocol know this message, and send the text.
    code = "PERSISTED_QUERY_NOT_FOUND"
    status = 404


class DocumentNotTrustedError(ForbiddenError):
    """Only the documents of the operator's manifest are answered, and this is none of them."""

    code = "DOCUMENT_NOT_TRUSTED"


class NotAcceptableError(GatewayError):
    """Answers are application/graphql-response+json or application/json: accept one of them."""

    code = "NOT_ACCEPTABLE"
    status = 406


class NotAStreamError(NotAcceptableError):
    """A subscription's answers are a stream: accept text/event-stream, or ask over a WebSocket."""


class TooLargeError(GatewayError):
    """The body is too large."""

    code = "CONTENT_TOO_LARGE"
    status = 413


class UnsupportedMediaTypeError(GatewayError):
    """Send the body as application/json in UTF-8."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class UnsupportedEncodingError(UnsupportedMediaTypeError):
    """Send the body as it is, without Content-Encoding."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Accept-Encoding": "identity"}


class RequestTimeoutError(GatewayError):
    """The request did not arrive in time: send it again."""

    code = "REQUEST_TIMEOUT"
    status = 408


class UriTooLongError(GatewayError):
    """The address is too long: send the query by POST."""

    code = "URI_TOO_LONG"
    status = 414


class QueryTimeoutError(GatewayError):
    """The query took too long and was ended: ask for less at once."""

    code = "QUERY_TIMEOUT"
    status = 504


class RateLimitedError(GatewayError):
    """Too many requests: try again later."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, policy: str, quota: int, seconds: int) -> None:
        super().__init__(
            f"Too many {policy}: {quota} a minute are allowed; try again in {seconds} s.",
            retryAfter=seconds,
        )
        self._seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self._seconds)}


class TooManyStreamsError(GatewayError):
    """Too many streams are open: close some first."""

    code = "TOO_MANY_STREAMS"
    status = 429


class UnavailableError(GatewayError):
    """The service cannot answer now: try again in a moment."""

    code = "OVERLOADED"
    status = 503
    retry_after: ClassVar[int] = 1

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class DatabaseUnavailableError(UnavailableError):
    """The database does not answer now: try again in a moment."""

    code = "DATABASE_UNAVAILABLE"
    retry_after = 2
