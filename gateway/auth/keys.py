"""The keys that check a JWT's signature. The algorithm is the key's, never the token's."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

LEAST_SECRET_BYTES = 32
LEAST_RSA_BITS = 2048
PEM = "-----BEGIN "


class UnusableKeyError(Exception):
    """Why no signature can be checked with it, as the end of a sentence."""


class Key(NamedTuple):
    algorithm: str
    material: Any


def of_secret(secret: str) -> Key:
    material = secret.encode()
    if PEM.encode() in material:
        raise UnusableKeyError("it is a key in PEM, which is not secret: set GATEWAY_JWT_KEY to it")
    if len(material) < LEAST_SECRET_BYTES:
        raise UnusableKeyError(
            f"it has {len(material)} bytes, {LEAST_SECRET_BYTES} are needed:"
            " make one with `openssl rand -base64 48`"
        )
    return Key("HS256", material)


def of_pem(text: str) -> Key:
    """The key of a PEM text."""
    # Environment files have no line ends in a value: they are written so.
    text = text.replace("\\n", "\n").strip()
    if "PRIVATE KEY" in text:
        raise UnusableKeyError(
            "it is the private key, which belongs to the issuer alone:"
            " write the public one, of `openssl pkey -in key.pem -pubout`"
        )
    if "BEGIN CERTIFICATE" in text:
        raise UnusableKeyError(
            "it is a certificate: write its key, of `openssl x509 -in cert.pem -noout -pubkey`"
        )
    try:
        return _usable(load_pem_public_key(text.encode()))
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableKeyError(
            "it is no public key in PEM: that begins with -----BEGIN PUBLIC KEY-----"
        ) from None


def of_jwk(jwk: Mapping[str, Any]) -> Key:
    """A key of a JWKS: public, for signatures, and of a kind that is known here."""
    if jwk.get("kty") not in ("RSA", "EC", "OKP"):
        raise UnusableKeyError(f"its kind is {jwk.get('kty')!r}")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list):
        raise UnusableKeyError("it is not for signatures")
    if "verify" not in operations:
        raise UnusableKeyError("it is not for signatures")
    if "d" in jwk:
        raise UnusableKeyError("it is a private key, which everybody can read there")
    try:
        key = _usable(jwt.PyJWK.from_dict(dict(jwk)).key)
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        raise UnusableKeyError("it cannot be read") from None
    if jwk.get("alg", key.algorithm) != key.algorithm:
        raise UnusableKeyError(f"it is for {jwk['alg']!r}")
    return key


def _usable(material: object) -> Key:
    match material:
        case RSAPublicKey():
            if material.key_size < LEAST_RSA_BITS:
                raise UnusableKeyError(
                    f"it is an RSA key of {material.key_size} bits,"
                    f" {LEAST_RSA_BITS} are needed: let the issuer make a longer one"
                )
            return Key("RS256", material)
        case EllipticCurvePublicKey(curve=SECP256R1()):
            return Key("ES256", material)
        case Ed25519PublicKey():
            return Key("EdDSA", material)
    raise UnusableKeyError(
        "it is neither an RSA, nor a P-256, nor an Ed25519 key: take one of those"
    )
