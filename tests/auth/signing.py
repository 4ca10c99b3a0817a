"""An issuer of JWTs for tests, and ways to write tokens that no issuer would."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from pydantic import SecretStr

from gateway.settings import Settings

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
DOMAIN = "6e9f0f3e-6a51-4f0b-9c39-0c4f4a3b6f10"
ISSUER = "https://login.example"
AUDIENCE = "call-statistics"
SECRET = "a secret that is known to two, of 32 bytes or more"

RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
WEAK_RSA = rsa.generate_private_key(65537, 1024)  # noqa: S505  # to be refused
P256 = ec.generate_private_key(ec.SECP256R1())
OTHER_P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
OTHER_ED25519 = ed25519.Ed25519PrivateKey.generate()
ED448 = ed448.Ed448PrivateKey.generate()

ALGORITHMS: Mapping[str, tuple[Any, Any]] = {
    "RS256": (RSA, OTHER_RSA),
    "ES256": (P256, OTHER_P256),
    "EdDSA": (ED25519, OTHER_ED25519),
    "HS256": (SECRET, SECRET[::-1]),
}


def pem(key: Any) -> str:
    """The public key."""
    text: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return text.decode()


def private_pem(key: Any) -> str:
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return text.decode()


def jwk(key: Any, key_id: str | None, **changes: Any) -> dict[str, Any]:
    """The public key as a member of a JWKS."""
    public = key.public_key()
    algorithm: Any = next(
        found
        for kind, found in (
            (rsa.RSAPublicKey, jwt.algorithms.RSAAlgorithm),
            (ec.EllipticCurvePublicKey, jwt.algorithms.ECAlgorithm),
            (object, jwt.algorithms.OKPAlgorithm),
        )
        if isinstance(public, kind)
    )
    members: dict[str, Any] = algorithm.to_jwk(public, as_dict=True)
    members.pop("key_ops", None)
    named = {} if key_id is None else {"kid": key_id}
    return {**members, **named, "use": "sig", **changes}


def settings(algorithm: str = "RS256", **changes: Any) -> Settings:
    """Those of a gateway that takes this issuer's tokens, signed with that algorithm."""
    good, _ = ALGORITHMS[algorithm]
    key: dict[str, Any] = (
        {"jwt_secret": SecretStr(good)} if algorithm == "HS256" else {"jwt_key": pem(good)}
    )
    return Settings(**{**key, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, **changes})


def payload(now: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """A good token's claims; None leaves one out."""
    seconds = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "somebody",
        "iat": seconds,
        "exp": seconds + 600,
        "domain": DOMAIN,
        "role": "admin",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(
    claims: Mapping[str, Any] | None = None,
    key: Any = RSA,
    algorithm: str = "RS256",
    headers: dict[str, Any] | None = None,
) -> str:
    """A token of a good form, whatever its claims."""
    found = json.dumps(payload() if claims is None else claims).encode()
    return jwt.PyJWS().encode(found, key, algorithm, {"typ": "JWT", **(headers or {})})


def encoded(part: object) -> str:
    """A part of a token: of bytes as they are, of anything else as JSON."""
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hs256(header: object, claims: object, secret: bytes) -> str:
    """A token signed with whatever is taken for a secret."""
    signing = f"{encoded(header)}.{encoded(claims)}"
    signature = hmac.HMAC(secret, hashes.SHA256())
    signature.update(signing.encode())
    return f"{signing}.{encoded(signature.finalize())}"
