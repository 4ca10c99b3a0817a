"""The settings: all mistakes at once, in words that help, and no password in any of them."""

import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gateway import settings
from gateway.errors import ConfigurationError
from gateway.settings import Settings

PASSWORD = "s3cret-pässword"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without the settings of whoever runs the tests."""
    for line in settings.setting_lines():
        monkeypatch.delenv(line.variable, raising=False)
    return monkeypatch


def refusal() -> str:
    with pytest.raises(ConfigurationError) as caught:
        settings.load()
    shown = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in shown
    return caught.value.message


def test_defaults() -> None:
    found = settings.load()
    assert (found.host, found.port, found.data_dir) == ("127.0.0.1", 8000, Path("gateway-data"))
    assert found.database_url is None
    assert found.origins == ()


def test_every_mistake_is_listed_at_once(environment: pytest.MonkeyPatch) -> None:
    wrong = {
        "GATEWAY_PORT": "70000",
        "GATEWAY_HOST": "",
        "GATEWAY_POOL_TIMEOUT": "nan",
        "GATEWAY_STATEMENT_TIMEOUT": "0.0001",
        "GATEWAY_GRAPHIQL": "maybe",
        "GATEWAY_LOG_LEVEL": "loud",
        "GATEWAY_DATABASE_URL": f"mysql://me:{PASSWORD}@host/db",
        "GATEWAY_OWNER_DATABASE_URL": f"host=me password={PASSWORD}",
    }
    for variable, value in wrong.items():
        environment.setenv(variable, value)
    lines = refusal().splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == sorted(wrong)
    assert "GATEWAY_PORT: Input should be less than or equal to 65535, not '70000'" in lines
    assert (
        "GATEWAY_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error', not 'loud'"
        in lines
    )
    assert "GATEWAY_DATABASE_URL: a PostgreSQL address begins with postgresql://" in lines


def test_an_owner_needs_a_service(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GATEWAY_OWNER_DATABASE_URL", f"postgresql://me:{PASSWORD}@host/db")
    environment.setenv("GATEWAY_PORT", "x")
    lines = refusal().splitlines()
    assert lines[1:] == [
        "GATEWAY_OWNER_DATABASE_URL: set GATEWAY_DATABASE_URL too, for the service role"
    ]
    # One mistake is not told as two.
    environment.setenv("GATEWAY_DATABASE_URL", "nonsense")
    assert [line.partition(":")[0] for line in refusal().splitlines()] == [
        "GATEWAY_PORT",
        "GATEWAY_DATABASE_URL",
    ]


@pytest.mark.parametrize("rest", ["#x@host/db", "/x@host/db", "?x@host/db"])
def test_a_password_that_breaks_the_address_is_not_shown(
    environment: pytest.MonkeyPatch, rest: str
) -> None:
    environment.setenv("GATEWAY_DATABASE_URL", f"postgresql://me:{PASSWORD}{rest}")
    assert refusal() == (
        "GATEWAY_DATABASE_URL: this is no address:"
        " write special characters of a password as in URLs, # as %23"
    )


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{PASSWORD}@host:5432/db?sslmode=require",
        f"postgres://me:{PASSWORD}@[::1]:5432/db",
        f"postgresql://me:{PASSWORD}@/db?host=/run/postgresql",
        "postgresql:///db",
    ],
)
def test_passwords_do_not_show(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("GATEWAY_DATABASE_URL", url)
    environment.setenv("GATEWAY_OWNER_DATABASE_URL", url)
    found = settings.load()
    assert found.database_url is not None
    assert found.database_url.get_secret_value() == url
    for shown in (repr(found), str(found), found.model_dump_json()):
        assert PASSWORD not in shown


def test_a_mistake_in_the_code_shows_no_password_either() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(database_url=SecretStr(f"mysql://{PASSWORD}"), port=0)
    assert PASSWORD not in str(caught.value)


def test_what_kubernetes_sets_for_a_service_named_gateway(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GATEWAY_PORT", "tcp://10.0.0.1:8000")
    message = refusal()
    assert message.startswith("GATEWAY_PORT: ")
    assert "not 'tcp://10.0.0.1:8000' (Kubernetes sets this for a service named gateway" in message


def test_unknown_variables() -> None:
    known = {line.variable: "" for line in settings.setting_lines()}
    assert list(settings.unknown_variables(known | {"PATH": "", "GATEWAYS": ""})) == []
    assert list(settings.unknown_variables({"GATEWAY_PROT": "1", "GATEWAY_ZZZZZZZZZZZZ": "1"})) == [
        "GATEWAY_PROT is not a setting: GATEWAY_PORT is meant?",
        "GATEWAY_ZZZZZZZZZZZZ is not a setting",
    ]


def test_the_table_has_every_setting_with_default_unit_and_sentence() -> None:
    lines = {line.variable: line for line in settings.setting_lines()}
    assert set(lines) == {f"GATEWAY_{name.upper()}" for name in Settings.model_fields}
    for line in lines.values():
        assert line.unit
        assert line.sentence.endswith(".")
    assert lines["GATEWAY_GRAPHIQL"].default == "true"
    assert lines["GATEWAY_DATABASE_URL"].default == ""


def test_the_defaults_of_the_table_are_those_of_the_program(
    environment: pytest.MonkeyPatch,
) -> None:
    plain = settings.load()
    for line in settings.setting_lines():
        if line.default:
            environment.setenv(line.variable, line.default)
    assert settings.load() == plain


def test_origins(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GATEWAY_CORS_ORIGINS", " https://a.example , ,https://b.example")
    assert settings.load().origins == ("https://a.example", "https://b.example")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        settings.load().port = 1  # type: ignore[misc]
