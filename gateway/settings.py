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
POSTGRES_SCHEMES = ("postgresql://", "postgres://")


def setting(default: Any, unit: str, sentence: str, **limits: Any) -> Any:
    return Field(default, description=sentence, json_schema_extra={"unit": unit}, **limits)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    host: str = setting("127.0.0.1", "address", "The address to listen on.", min_length=1)
    port: int = setting(8000, "port", "The port to listen on; 0 takes a free one.", ge=0, le=65535)
    data_dir: Path = setting(
        Path("gateway-data"),
        "path",
        "Where the embedded PostgreSQL keeps its data, used when no database address is set.",
    )
    database_url: SecretStr | None = setting(
        None,
        "address",
        "PostgreSQL for serving and importing, as the service role: postgresql://user@host/name.",
    )
    owner_database_url: SecretStr | None = setting(
        None,
        "address",
        "The same database as its owner: migrations only.",
    )
    pool_size: int = setting(
        10, "connections", "Connections to PostgreSQL a process keeps.", ge=1, le=1000
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
    executor: Literal["fast", "plain"] = setting(
        "fast",
        "name",
        "What executes GraphQL: fast completes rows by generated code; plain is graphql-core alone,"
        " with the same answers.",
    )
    session_lifetime: int = setting(
        86_400, "seconds", "How long a token of POST /v3/auth/token lives.", ge=60, le=31_536_000
    )
    graphiql: bool = setting(
        True, "true or false", "Whether a browser that opens /graphql gets GraphiQL."
    )
    cors_origins: Annotated[str, Field()] = setting(
        "",
        "origins",
        "Web origins that may call from a browser, separated by commas; * for any.",
    )
    log_format: Literal["auto", "json", "readable"] = setting(
        "auto", "name", "How the log is written; auto is readable on a terminal, JSON elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "name", "The least severe entries that are logged."
    )

    @field_validator("database_url", "owner_database_url")
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

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(origin.strip() for origin in self.cors_origins.split(",") if origin.strip())


def _check_address(url: str) -> None:
    """ValueError, without any part of the address: it may hold a password."""
    if not url.startswith(POSTGRES_SCHEMES):
        raise ValueError("a PostgreSQL address begins with postgresql://")
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise ValueError(
            "this is no address: write special characters of a password as in URLs, # as %23"
        ) from None


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
        if not name.endswith("database_url"):
            message += f", not {mistake['input']!r}"
        if str(mistake["input"]).startswith("tcp://"):
            message += " (Kubernetes sets this for a service named gateway: give it another name)"
        yield f"{PREFIX}{name.upper()}: {message}"
