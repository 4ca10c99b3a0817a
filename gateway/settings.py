"""The settings: one table, read once from the environment.

`gateway serve --help`, `docs/settings.md` and the checks at start are all made from `Settings`.
"""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.errors import ConfigurationError

PREFIX = "GATEWAY_"
ROLES = ("agent", "leader", "manager", "admin", "superadmin")
POSTGRES_SCHEMES = ("postgresql://", "postgres://")


def setting(default: Any, unit: str, sentence: str, **limits: Any) -> Any:
    return Field(default, description=sentence, json_schema_extra={"unit": unit}, **limits)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    host: str = setting("127.0.0.1", "address", "The address to listen on.", min_length=1)
    port: int = setting(8000, "port", "The port to listen on; 0 takes a free one.", ge=0, le=65535)
    operations_port: int | None = setting(
        None,
        "port",
        "The operators' own port, with /metrics and /health; 0 takes a free one. Without it nobody"
        " can ask for metrics.",
        ge=0,
        le=65535,
    )
    operations_host: str = setting(
        "127.0.0.1",
        "address",
        "The address that the operators' port listens on: whoever reaches it may read it.",
        min_length=1,
    )
    data_dir: Path = setting(
        Path("gateway-data"),
        "path",
        "Where the embedded PostgreSQL keeps its data, used when no database address is set.",
    )
    database_url: SecretStr | None = setting(
        None,
        "address",
        "PostgreSQL for serving and importing, as the service role: postgresql://user@host/name."
        " With host,host and ?target_session_attrs=read-write the host that takes writes is used.",
    )
    owner_database_url: SecretStr | None = setting(
        None,
        "address",
        "The same database as its owner: migrations only.",
    )
    fusionpbx_url: SecretStr | None = setting(
        None,
        "address",
        "FusionPBX's PostgreSQL, for `gateway import fusionpbx`; postgresql://?service=NAME is"
        " that of a service file, and .pgpass is read. PGSERVICE is taken if unset.",
    )
    workers: int = setting(
        1, "processes", "How many processes `gateway serve` serves with.", ge=1, le=256
    )
    pool_size: int = setting(
        10,
        "connections",
        "Connections to PostgreSQL a process keeps; fewer if the database allows no more.",
        ge=1,
        le=1000,
    )
    pool_timeout: float = setting(
        3, "seconds", "How long a request waits for a connection before 503.", gt=0, le=60
    )
    statement_timeout: float = setting(
        25, "seconds", "How long one statement may run.", ge=0.01, le=3600
    )
    request_timeout: float = setting(
        30, "seconds", "How long one request may take before 504.", gt=0, le=3600
    )
    requests_at_once: int = setting(
        64,
        "requests",
        "How many requests a process works at; what comes then gets 503 at once.",
        ge=1,
        le=100_000,
    )
    max_connections: int = setting(
        1000, "connections", "How many clients may be connected to a process.", ge=1, le=1_000_000
    )
    head_timeout: float = setting(
        10, "seconds", "How long a client may take to send a request's head.", gt=0, le=3600
    )
    send_timeout: float = setting(
        60, "seconds", "How long a client may take to receive an answer.", gt=0, le=3600
    )
    keep_alive_timeout: int = setting(
        75,
        "seconds",
        "How long a connection may idle between requests: longer than the proxy in front keeps it.",
        ge=1,
        le=3600,
    )
    drain_timeout: int = setting(
        10,
        "seconds",
        "How long SIGTERM waits for the requests under way; a second one ends at once.",
        ge=0,
        le=3600,
    )
    max_body: int = setting(
        1_000_000, "bytes", "The largest request body.", ge=1000, le=1_000_000_000
    )
    max_ingest_body: int = setting(
        20_000_000,
        "bytes",
        "The largest body of POST /ingest/calls and /ingest/activities, also when unpacked.",
        ge=1000,
        le=1_000_000_000,
    )
    max_page: int = setting(500, "rows", "The largest `first` of a connection.", ge=1, le=10_000)
    max_days: int = setting(366, "days", "The longest period of one report.", ge=1, le=36_600)
    max_buckets: int = setting(
        3000, "buckets", "The most buckets of one timeline.", ge=24, le=100_000
    )
    max_tokens: int = setting(
        2000, "tokens", "The longest GraphQL document, in words and signs.", ge=100, le=20_000
    )
    max_depth: int = setting(
        12, "fields", "The deepest nesting of fields in a GraphQL operation.", ge=3, le=100
    )
    max_aliases: int = setting(
        30, "aliases", "The most aliases in a GraphQL operation.", ge=0, le=10_000
    )
    max_root_fields: int = setting(
        20, "fields", "The most outermost fields of a GraphQL operation.", ge=1, le=10_000
    )
    max_cost: int = setting(
        1_000_000,
        "units",
        "What a GraphQL operation may cost, as docs/limits.md counts it.",
        ge=1000,
        le=1_000_000_000_000,
    )
    heavy_cost: int = setting(
        50_000,
        "units",
        "From which cost on a GraphQL operation is heavy: few of them run at once in a process.",
        ge=1,
        le=1_000_000_000_000,
    )
    heavy_at_once: int = setting(
        3, "operations", "How many heavy operations run at once in a process.", ge=1, le=1000
    )
    max_errors: int = setting(
        100, "errors", "The most errors that one answer tells.", ge=1, le=10_000
    )
    kept_answers: int = setting(
        16_000_000,
        "bytes",
        "How much a process keeps of GraphQL answers, while they are true; 0 keeps none.",
        ge=0,
        le=1_000_000_000_000,
    )
    live_interval: float = setting(
        5,
        "seconds",
        "How often a subscription's answer that counts until now is computed again.",
        ge=1,
        le=3600,
    )
    live_at_once: int = setting(
        3,
        "answers",
        "How many subscriptions' answers a process computes at once, a connection each.",
        ge=1,
        le=1000,
    )
    live_ping: float = setting(
        15,
        "seconds",
        "How often a stream is shown to be alive: a WebSocket's ping, an event stream's comment.",
        ge=1,
        le=3600,
    )
    live_patience: float = setting(
        30,
        "seconds",
        "How long a stream's client may take nothing before its connection is cut.",
        ge=1,
        le=3600,
    )
    live_per_token: int = setting(
        200,
        "streams",
        "How many WebSockets and event streams of a token a process holds open.",
        ge=0,
        le=1_000_000,
    )
    live_per_connection: int = setting(
        50, "operations", "How many operations a WebSocket carries at a time.", ge=1, le=10_000
    )
    live_subscriptions: int = setting(
        10_000, "subscriptions", "How many subscriptions a process carries.", ge=0, le=1_000_000
    )
    max_documents: int = setting(
        1000, "documents", "How many GraphQL documents a process keeps ready.", ge=1, le=1_000_000
    )
    introspection: Literal["token", "open"] = setting(
        "token", "name", "Who may ask for the schema: whoever shows a token, or everybody (open)."
    )
    trusted_documents: Path | None = setting(
        None,
        "path",
        "A manifest of GraphQL documents that may be asked for by their id (docs/limits.md).",
    )
    trusted_only: bool = setting(
        False, "true or false", "Whether only the manifest's documents are answered."
    )
    executor: Literal["fast", "plain"] = setting(
        "fast",
        "name",
        "What executes GraphQL: fast completes rows by generated code; plain is graphql-core alone,"
        " with the same answers.",
    )
    session_lifetime: int = setting(
        86_400, "seconds", "How long a token of POST /v3/auth/token lives.", ge=60, le=31_536_000
    )
    jwt_key: str = setting(
        "",
        "path or PEM",
        "The public key of the JWTs' issuer, or the file that has it: RSA (RS256), P-256 (ES256) or"
        " Ed25519 (EdDSA).",
    )
    jwt_secret: SecretStr | None = setting(
        None,
        "text",
        "The secret that JWTs are signed with (HS256), of 32 bytes or more; better a key.",
    )
    jwt_jwks_url: str = setting(
        "", "address", "Where the JWTs' issuer publishes its keys; they are renewed by themselves."
    )
    jwt_issuer: str = setting(
        "", "text", 'The "iss" of the JWTs that are taken; needed with a key, a secret or a JWKS.'
    )
    jwt_audience: str = setting(
        "",
        "text",
        'The "aud" of the JWTs that are taken; needed, for the issuer\'s tokens for other services'
        " bear the same signature.",
    )
    jwt_skew: float = setting(30, "seconds", "How far the issuer's clock may be off.", ge=0, le=300)
    jwt_lifetime: int = setting(
        86_400,
        "seconds",
        'The longest life, "exp" less "iat", of a JWT that is taken.',
        ge=60,
        le=31_536_000,
    )
    jwt_domain_claim: str = setting(
        "domain",
        "claim",
        "The claim that names the domain, by uuid or name; a.b is the claim b inside a.",
        min_length=1,
    )
    jwt_role_claim: str = setting(
        "role", "claim", "The claim that names the role, alone or in a list.", min_length=1
    )
    jwt_user_claim: str = setting(
        "user", "claim", "The claim that names the user, by uuid or username.", min_length=1
    )
    jwt_roles: str = setting(
        "",
        "pairs",
        "What the issuer calls our roles, as name=role separated by commas; unset: as we do.",
    )
    rate_limit: int = setting(
        6000,
        "requests",
        "How many requests a minute a token may make of one process; 0: any number.",
        ge=0,
        le=1_000_000,
    )
    failure_limit: int = setting(
        600,
        "requests",
        "How many requests a minute with a wrong token an address may make of one process before it"
        " gets 429; 0: any number.",
        ge=0,
        le=1_000_000,
    )
    graphiql: bool = setting(
        True, "true or false", "Whether a browser that opens /graphql gets GraphiQL."
    )
    wallboard: bool = setting(
        True, "true or false", "Whether a browser that opens / gets the wallboard."
    )
    cors_origins: Annotated[str, Field()] = setting(
        "",
        "origins",
        "Web origins that may call from a browser, separated by commas; * for any.",
    )
    otlp_endpoint: str = setting(
        "",
        "address",
        "Where OpenTelemetry traces go by OTLP/HTTP, such as http://collector:4318.",
        pattern=r"^(https?://.+)?$",
    )
    trace_share: float = setting(
        1.0,
        "share",
        "The share of requests that are traced, where the caller's traceparent does not decide.",
        ge=0,
        le=1,
    )
    slow_operation: float = setting(
        2.0,
        "seconds",
        "From which duration on a request is logged with its reads and statements; 0: none is.",
        ge=0,
        le=3600,
    )
    audit_log: Path | None = setting(
        None,
        "path",
        "The file that the audit log is added to; unset: it is part of the log.",
    )
    log_format: Literal["auto", "json", "readable"] = setting(
        "auto", "name", "How the log is written; auto is readable on a terminal, JSON elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "name", "The least severe entries that are logged."
    )

    @field_validator("database_url", "owner_database_url", "fusionpbx_url")
    @classmethod
    def _is_an_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _check_address(url.get_secret_value())
        return url

    @field_validator("owner_database_url")
    @classmethod
    def _is_not_alone(cls, owner: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A database_url that is wrong itself is missing here.
        if owner is not None and info.data.get("database_url", owner) is None:
            raise ValueError("set GATEWAY_DATABASE_URL too, for the service role")
        return owner

    @field_validator("jwt_roles")
    @classmethod
    def _are_pairs(cls, text: str) -> str:
        _pairs(text)
        return text

    @property
    def role_names(self) -> Mapping[str, str]:
        """The issuer's name of a role, and ours; empty if they are the same."""
        return _pairs(self.jwt_roles)

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(origin.strip() for origin in self.cors_origins.split(",") if origin.strip())


def _check_address(url: str) -> None:
    """ValueError, without any part of the address: it may hold a password."""
    if not url.startswith(POSTGRES_SCHEMES):
        raise ValueError("a PostgreSQL address begins with postgresql://")
    try:
        parts = urlsplit(url)
        for host in parts.netloc.rpartition("@")[2].split(","):
            _ = urlsplit(f"//{host}").port
    except ValueError:
        raise ValueError(
            "this is no address: write special characters of a password as in URLs, # as %23"
        ) from None


def _pairs(text: str) -> Mapping[str, str]:
    """ValueError unless these are name=role, separated by commas; a name may have a "="."""
    pairs = [part.rpartition("=") for part in text.split(",") if part.strip()]
    found = {name.strip(): role.strip() for name, _, role in pairs}
    wrong = sorted(role for role in found.values() if role not in ROLES)
    if wrong or "" in found:
        raise ValueError(f"write name=role, the role one of {', '.join(ROLES)}")
    return found


class SettingLine(NamedTuple):
    variable: str
    default: str
    unit: str
    sentence: str


def setting_lines() -> Iterator[SettingLine]:
    """The settings as a table, in the order of their definition."""
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        unit = str(extra["unit"]) if isinstance(extra, dict) else ""
        default = field.default
        shown = "" if default is None else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        yield SettingLine(f"{PREFIX}{name.upper()}", shown, unit, field.description or "")


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each GATEWAY_ variable that is no setting: perhaps a misspelt one."""
    known = {line.variable for line in setting_lines()}
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, 1)
            yield f"{variable} is not a setting" + (f": {near[0]} is meant?" if near else "")


def load() -> Settings:
    """The settings of the environment; ConfigurationError names every wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError("\n".join(_mistakes(error))) from None


def _mistakes(error: ValidationError) -> Iterator[str]:
    for mistake in error.errors():
        name = str(mistake["loc"][0])
        message = mistake["msg"].removeprefix("Value error, ")
        if not name.endswith("_url"):
            message += f", not {mistake['input']!r}"
        if str(mistake["input"]).startswith("tcp://"):
            message += " (Kubernetes sets this for a service named gateway: give it another name)"
        yield f"{PREFIX}{name.upper()}: {message}"
