"""Which keys check signatures; what is wrong with the others is told when the gateway starts."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from gateway.app import create_app
from gateway.auth.issuer import issuer_of
from gateway.auth.keys import UnusableKeyError, of_jwk
from gateway.errors import ConfigurationError
from gateway.settings import ROLES, Settings
from gateway.viewer import Role
from tests.auth.signing import (
    AUDIENCE,
    ED448,
    ED25519,
    ISSUER,
    P256,
    P384,
    RSA,
    SECRET,
    WEAK_RSA,
    jwk,
    payload,
    pem,
    private_pem,
    settings,
    signed,
)
from tests.auth.test_issuer import taken

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
NAMES = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
URL = "https://login.example/jwks.json"


def refusal(**changes: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        create_app(Settings(**changes))
    return caught.value.message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"jwt_key": pem(WEAK_RSA)}, "GATEWAY_JWT_KEY: it is an RSA key of 1024 bits, 2048 are"),
        ({"jwt_key": pem(P384)}, "neither an RSA, nor a P-256, nor an Ed25519 key"),
        ({"jwt_key": pem(ED448)}, "neither an RSA, nor a P-256, nor an Ed25519 key"),
        ({"jwt_key": private_pem(RSA)}, "the private key, which belongs to the issuer alone"),
        ({"jwt_key": private_pem(P256)}, "openssl pkey -in key.pem -pubout"),
        ({"jwt_key": CERTIFICATE}, "openssl x509 -in cert.pem -noout -pubkey"),
        ({"jwt_key": "-----BEGIN PUBLIC KEY-----\nMIIB"}, "no public key in PEM"),
        ({"jwt_key": "nowhere/key.pem"}, "a file that can be read (No such file"),
        ({"jwt_secret": SecretStr("short")}, "GATEWAY_JWT_SECRET: it has 5 bytes, 32 are needed"),
        ({"jwt_secret": SecretStr("x" * 31)}, "openssl rand -base64 48"),
        ({"jwt_secret": SecretStr(pem(RSA))}, "set GATEWAY_JWT_KEY to it"),
        ({"jwt_jwks_url": "login.example/jwks"}, "GATEWAY_JWT_JWKS_URL: it is no address"),
        ({"jwt_jwks_url": "file:///etc/passwd"}, "it is no address: write https://"),
        ({"jwt_jwks_url": "ftp://login.example/jwks"}, "it is no address"),
        ({"jwt_jwks_url": "https:///jwks"}, "it is no address"),
        ({"jwt_jwks_url": "https://me:secret@login.example/"}, "it is no address"),
        ({"jwt_jwks_url": "https://login.example/a b"}, "it is no address"),
        ({"jwt_jwks_url": "https://login.example/\r\nX: y"}, "it is no address"),
        ({"jwt_jwks_url": "https://login.example:99999/"}, "it is no address"),
        (
            {"jwt_key": pem(RSA), "jwt_jwks_url": URL},
            "Set only one of GATEWAY_JWT_KEY and GATEWAY_JWT_JWKS_URL",
        ),
    ],
)
def test_what_is_wrong_with_a_key_is_told_at_start(changes: dict[str, Any], words: str) -> None:
    message = refusal(**NAMES, **changes)
    assert words in message
    assert "secret@" not in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"jwt_key": pem(RSA), "jwt_audience": AUDIENCE}, "GATEWAY_JWT_ISSUER: set it beside"),
        ({"jwt_key": pem(RSA), "jwt_issuer": ISSUER}, 'the issuer writes into "aud"'),
        ({"jwt_jwks_url": URL}, "beside GATEWAY_JWT_JWKS_URL"),
        ({"jwt_audience": AUDIENCE}, "no key that would check a token"),
        ({"jwt_issuer": ISSUER, "jwt_secret": SecretStr("")}, "no key that would check a token"),
    ],
)
def test_issuer_and_audience_go_with_a_key(changes: dict[str, Any], words: str) -> None:
    assert words in refusal(**changes)


def test_without_a_key_there_is_no_issuer() -> None:
    assert issuer_of(Settings()) is None
    assert issuer_of(Settings(jwt_secret=SecretStr(""))) is None


async def test_a_key_as_file_or_with_its_line_ends_spelt_out(tmp_path: Path) -> None:
    token = signed(payload(), ED25519, "EdDSA")
    file = tmp_path / "issuer.pem"
    file.write_text(f"\n{pem(ED25519)}\n")
    await taken(token, "EdDSA", jwt_key=str(file))
    await taken(token, "EdDSA", jwt_key=pem(ED25519).replace("\n", "\\n"))


def test_the_secret_does_not_show() -> None:
    found = settings("HS256")
    for shown in (repr(found), str(found), found.model_dump_json()):
        assert SECRET not in shown


@pytest.mark.parametrize("text", ["admin", "boss=root", "=admin", "a=admin,b", "a=ADMIN"])
def test_roles_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="write name=role, the role one of agent, leader"):
        Settings(jwt_roles=text)


def test_the_roles_of_the_settings_are_the_viewers() -> None:
    assert tuple(Role) == ROLES


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ({"kty": "oct", "k": "c2VjcmV0"}, "kind is 'oct'"),
        ({}, "kind is None"),
        (jwk(RSA, "a", use="enc"), "not for signatures"),
        (jwk(RSA, "a", key_ops=["encrypt"]), "not for signatures"),
        (jwk(RSA, "a", alg="RS512"), "it is for 'RS512'"),
        (jwk(RSA, "a", alg="HS256"), "it"),
        (jwk(P256, "a", alg="RS256"), "it"),
        (jwk(WEAK_RSA, "a"), "1024 bits"),
        (jwk(P384, "a"), "neither"),
        (jwk(RSA, "a", d="AQAB"), "private key"),
        (jwk(RSA, "a", n="!"), "cannot be read"),
        ({"kty": "RSA"}, "cannot be read"),
        ({"kty": ["RSA"]}, "kind is"),
        ({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, "cannot be read"),
    ],
)
def test_members_of_a_jwks_that_are_left_out(member: dict[str, Any], words: str) -> None:
    with pytest.raises(UnusableKeyError, match=words):
        of_jwk(member)


@pytest.mark.parametrize(
    ("key", "algorithm"), [(RSA, "RS256"), (P256, "ES256"), (ED25519, "EdDSA")]
)
def test_members_of_a_jwks_that_are_used(key: Any, algorithm: str) -> None:
    assert of_jwk(jwk(key, "a")).algorithm == algorithm
    assert of_jwk(jwk(key, None, alg=algorithm, key_ops=["verify"])).algorithm == algorithm


MEMBERS = st.sampled_from(["kty", "use", "key_ops", "alg", "n", "e", "d", "crv", "x", "y", "kid"])
TEXTS = st.sampled_from(["RSA", "EC", "OKP", "oct", "sig", "P-256", "P-384", "Ed25519", "AQAB", ""])
VALUES = st.none() | st.booleans() | st.integers() | st.text() | TEXTS | st.lists(TEXTS)


@given(st.sampled_from([jwk(RSA, "a"), jwk(P256, "a"), jwk(ED25519, "a"), {}]), st.data())
def test_whatever_a_jwks_has_is_used_or_left_out(good: dict[str, Any], data: st.DataObject) -> None:
    changes = data.draw(st.dictionaries(MEMBERS, VALUES | st.dictionaries(MEMBERS, VALUES)))
    try:
        found = of_jwk({**good, **changes})
    except UnusableKeyError:
        return
    assert found.algorithm in {"RS256", "ES256", "EdDSA"}
