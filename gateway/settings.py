"""The settings: one table, read once from the environment.

`gateway serve --help`, `docs/settings.md` and the checks at start are all made from `Settings`.
"""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.errors import ConfigurationError

PREFIX = "GATEWAY_"
POSTGRES_SCHEMES = ("postgresql://", "postgres://")


def setting(default: Any, unit: str, sentence: str, **limits: Any) -> Any:
    return Field(default, description=sentence, json_schema_extra={"unit": unit}, **limits)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=False)

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
        25, "seconds", "How long one statement may run.", gt=0, le=3600
    )
    request_timeout: float = setting(
        30, "seconds", "How long one request may take before 504.", gt=0, le=3600
    )
    max_body: int = setting(
        1_000_000, "bytes", "The largest request body.", ge=1000, le=1_000_000_000
    )
    max_page: int = setting(500, "rows", "The largest `first` of a connection.", ge=1, le=10_000)
    max_days: int = setting(366, "days", "The longest period of one report.", ge=1, le=36_600)
    max_buckets: int = setting(
        3000, "buckets", "The most buckets of one timeline.", ge=24, le=100_000
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

    @model_validator(mode="after")
    def _addresses_fit(self) -> "Settings":
        problems = [
            f"{name}: a PostgreSQL address begins with postgresql://"
            for name, url in (
                ("database_url", self.database_url),
                ("owner_database_url", self.owner_database_url),
            )
            if url is not None and not url.get_secret_value().startswith(POSTGRES_SCHEMES)
        ]
        if self.owner_database_url is not None and self.database_url is None:
            problems.append(
                "owner_database_url: set GATEWAY_DATABASE_URL too, for the service role"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(origin.strip() for origin in self.cors_origins.split(",") if origin.strip())


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
        shown = "" if default is None else str(default).lower() if default is True else str(default)
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
        place = ".".join(str(part) for part in mistake["loc"])
        message = mistake["msg"].removeprefix("Value error, ")
        if not place:
            for part in message.split("; "):
                name, _, reason = part.partition(": ")
                yield f"{PREFIX}{name.upper()}: {reason}"
        elif place.endswith("database_url"):
            yield f"{PREFIX}{place.upper()}: {message}"
        else:
            yield f"{PREFIX}{place.upper()}: {message}, not {mistake['input']!r}"
