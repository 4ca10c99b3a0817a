"""Which JWTs are taken: those of the one issuer, for us, now. Every other is refused."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.claims import Claims, ExpiredTokenError, RefusedTokenError
from gateway.auth.issuer import LARGEST, issuer_of
from gateway.viewer import Role
from tests.auth.signing import (
    ALGORITHMS,
    AUDIENCE,
    DOMAIN,
    NOW,
    OTHER_RSA,
    RSA,
    SECRET,
    encoded,
    hs256,
    jwk,
    payload,
    pem,
    settings,
    signed,
)

SECONDS = int(NOW.timestamp())


async def taken(token: str, algorithm: str = "RS256", **changes: Any) -> Claims:
    issuer = issuer_of(settings(algorithm, **changes))
    assert issuer is not None
    return await issuer.claims(token, NOW)


async def refused(token: str, algorithm: str = "RS256", **changes: Any) -> str:
    with pytest.raises(RefusedTokenError) as caught:
        await taken(token, algorithm, **changes)
    return str(caught.value)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_good_token_of_every_kind_of_key(algorithm: str) -> None:
    key, other = ALGORITHMS[algorithm]
    claims = payload(jti="1", user="an")
    found = await taken(signed(claims, key, algorithm), algorithm)
    assert found == Claims(
        subject="somebody",
        token_id="1",
        domain=UUID(DOMAIN),
        role=Role.ADMIN,
        user="an",
        issued_at=NOW,
        expires_at=NOW + timedelta(seconds=600),
    )
    assert "ignature" in await refused(signed(claims, other, algorithm), algorithm)


@pytest.mark.parametrize("ours", ALGORITHMS)
@pytest.mark.parametrize("theirs", ALGORITHMS)
async def test_no_key_is_taken_for_one_of_another_kind(ours: str, theirs: str) -> None:
    if ours != theirs:
        key, _ = ALGORITHMS[theirs]
        assert "alg" in await refused(signed(payload(), key, theirs), ours)


def _segments(token: str) -> tuple[str, str, str]:
    header, claims, signature = token.split(".")
    return header, claims, signature


def _with_header(**changes: Any) -> str:
    return signed(payload(), headers=changes)


def _reheaded(header: object) -> str:
    """A good token's claims and signature, under another header."""
    _, claims, signature = _segments(signed())
    return f"{encoded(header)}.{claims}.{signature}"


def _repaid(claims: object) -> str:
    """A good token's header and signature, over other claims."""
    header, _, signature = _segments(signed())
    return f"{header}.{encoded(claims)}.{signature}"


def _flipped(token: str, segment: int) -> str:
    parts = list(_segments(token))
    part = parts[segment]
    parts[segment] = part[:10] + ("A" if part[10] != "A" else "B") + part[11:]
    return ".".join(parts)


def _own_key() -> str:
    """Signed with a key of the forger's, which the header brings along."""
    return signed(payload(), OTHER_RSA, headers={"jwk": jwk(OTHER_RSA, None)})


RS256 = {"alg": "RS256", "typ": "JWT"}
PUBLIC = pem(RSA)

# What a forger might write; each is refused whole, whatever the key of the gateway.
FORGED: Mapping[str, Callable[[], str]] = {
    "alg none": lambda: f"{encoded({'alg': 'none'})}.{encoded(payload())}.",
    "alg none with a signature": lambda: f"{encoded({'alg': 'none'})}.{encoded(payload())}.AAAA",
    "alg None": lambda: f"{encoded({'alg': 'None'})}.{encoded(payload())}.AAAA",
    "alg nOnE over a good signature": lambda: _reheaded({"alg": "nOnE"}),
    "alg missing": lambda: _reheaded({"typ": "JWT"}),
    "alg null": lambda: _reheaded({"alg": None}),
    "alg a list": lambda: _reheaded({"alg": ["RS256"]}),
    "alg empty": lambda: _reheaded({"alg": ""}),
    "alg in small letters": lambda: _reheaded({"alg": "rs256"}),
    "alg RS512": lambda: jwt.encode(payload(), RSA, algorithm="RS512"),
    "alg PS256": lambda: jwt.encode(payload(), RSA, algorithm="PS256"),
    "the public key as secret": lambda: hs256({"alg": "HS256"}, payload(), PUBLIC.encode()),
    "the public key without its last line end": lambda: hs256(
        {"alg": "HS256"}, payload(), PUBLIC.strip().encode()
    ),
    "the public key as secret under RS256": lambda: hs256(RS256, payload(), PUBLIC.encode()),
    "an empty secret": lambda: hs256({"alg": "HS256"}, payload(), b""),
    "an empty secret under RS256": lambda: hs256(RS256, payload(), b""),
    "another key": lambda: signed(payload(), OTHER_RSA),
    "another key under the header's jwk": _own_key,
    "another key under the header's jku": lambda: signed(
        payload(), OTHER_RSA, headers={"jku": "http://127.0.0.1:1/jwks.json"}
    ),
    "another key under the header's x5u": lambda: signed(
        payload(), OTHER_RSA, headers={"x5u": "http://127.0.0.1:1/cert.pem"}
    ),
    "another key under the header's x5c": lambda: signed(
        payload(), OTHER_RSA, headers={"x5c": ["MIIB"]}
    ),
    "a kid that is a path": lambda: signed(
        payload(), OTHER_RSA, headers={"kid": "../../../../dev/null"}
    ),
    "a kid that is SQL": lambda: signed(
        payload(), OTHER_RSA, headers={"kid": "' union select 'secret' --"}
    ),
    "a kid that is a number": lambda: _reheaded({**RS256, "kid": 1}),
    "a kid that is a list": lambda: _reheaded({**RS256, "kid": []}),
    "crit": lambda: _with_header(crit=["exp"], exp=1),
    "crit empty": lambda: _reheaded({**RS256, "crit": []}),
    "crit unknown": lambda: _with_header(crit=["urn:example"], **{"urn:example": 1}),
    "b64 false": lambda: _reheaded({**RS256, "b64": False}),
    "b64 false and crit": lambda: _reheaded({**RS256, "b64": False, "crit": ["b64"]}),
    "typ of something else": lambda: _with_header(typ="logout+jwt"),
    "typ no text": lambda: _reheaded({**RS256, "typ": 5}),
    "the header changed": lambda: _flipped(signed(), 0),
    "the claims changed": lambda: _flipped(signed(), 1),
    "the signature changed": lambda: _flipped(signed(), 2),
    "the claims exchanged": lambda: _repaid(payload(role="superadmin")),
    "the signature cut short": lambda: signed()[:-8],
    "the signature left out": lambda: signed().rpartition(".")[0],
    "the signature empty": lambda: signed().rpartition(".")[0] + ".",
    "a part too many": lambda: f"{signed()}.AAAA",
    "padding": lambda: f"{signed()}==",
    "a line end": lambda: f"{signed()}\n",
    "a space within": lambda: signed().replace(".", ". ", 1),
    "a NUL": lambda: f"{signed()}\0",
    "letters of another alphabet": lambda: f"{signed()}é",
    "a surrogate": lambda: f"{signed()}\ud800",
    "base64 that is not of URLs": lambda: signed().replace(".", "+.", 1),
    "the header no JSON": lambda: f"{encoded(b'{')}.{encoded(payload())}.AAAA",
    "the header a list": lambda: f"{encoded([])}.{encoded(payload())}.AAAA",
    "the header deep": lambda: f"{encoded(b'[' * 3000)}.{encoded(b'{}')}.AAAA",
    "the header of a huge number": lambda: f"{encoded(b'9' * 5000)}.{encoded(b'{}')}.AAAA",
    "the header not UTF-8": lambda: f"{encoded(bytes([255]))}.{encoded(payload())}.AAAA",
    "empty": lambda: "",
    "dots": lambda: "..",
    "an encrypted token": lambda: f"{encoded({'alg': 'dir', 'enc': 'A256GCM'})}..AAAA.AAAA.AAAA",
    "longer than any": lambda: signed(payload(much="x" * LARGEST)),
}

# Rightly signed, but not what is taken here.
BROKEN: Mapping[str, Mapping[str, Any]] = {
    "expired": {"iat": SECONDS - 700, "exp": SECONDS - 31},
    "expired long ago": {"iat": 1, "exp": 2},
    "without exp": {"exp": None},
    "exp a text": {"exp": str(SECONDS + 600)},
    "exp true": {"exp": True},
    "exp a list": {"exp": [SECONDS + 600]},
    "exp NaN": {"exp": float("nan")},
    "exp infinite": {"exp": float("inf")},
    "exp beyond the calendar": {"exp": 10**18},
    "exp huge": {"exp": 10**400},
    "longer lived than taken": {"exp": SECONDS + 86_401},
    "without iat": {"iat": None},
    "iat in the future": {"iat": SECONDS + 31},
    "iat before the calendar": {"iat": -(10**18)},
    "nbf in the future": {"nbf": SECONDS + 31},
    "nbf a text": {"nbf": "now"},
    "nbf true": {"nbf": True},
    "for nobody": {"aud": None},
    "for another": {"aud": "billing"},
    "for others": {"aud": ["billing", "mail"]},
    "for an empty list": {"aud": []},
    "for a number": {"aud": 5},
    "for a part of our name": {"aud": AUDIENCE[:-1]},
    "of nobody": {"iss": None},
    "of another": {"iss": "https://login.example.evil"},
    "of a list": {"iss": ["https://login.example"]},
    "without sub": {"sub": None},
    "sub empty": {"sub": ""},
    "sub a number": {"sub": 5},
    "sub too long": {"sub": "x" * 256},
    "sub with a NUL": {"sub": "a\0b"},
    "jti a number": {"jti": 5},
    "jti empty": {"jti": ""},
    "without domain": {"domain": None},
    "domain empty": {"domain": ""},
    "domain a list": {"domain": [DOMAIN]},
    "domain with a line end": {"domain": f"{DOMAIN}\n"},
    "without role": {"role": None},
    "role unknown": {"role": "root"},
    "role in capitals": {"role": "ADMIN"},
    "role an object": {"role": {"admin": True}},
    "roles none": {"role": []},
    "roles of lists": {"role": [["admin"]]},
    "roles two": {"role": ["admin", "agent"]},
    "user a number": {"user": 5},
    "user empty": {"user": ""},
}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_forged_token_is_refused(name: str, algorithm: str) -> None:
    assert await refused(FORGED[name](), algorithm)


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_token_is_refused(name: str) -> None:
    why = await refused(signed(payload(**BROKEN[name])))
    assert why
    assert SECRET not in why


@pytest.mark.parametrize("text", [b"[]", b"5", b"null", b"{", b"[" * 2000, b"9" * 5000, b"\xff"])
async def test_claims_that_are_no_object(text: bytes) -> None:
    token = hs256({"alg": "HS256"}, text, SECRET.encode())
    assert await refused(token, "HS256")


async def test_only_what_is_expired_is_called_so() -> None:
    for name, changes in BROKEN.items():
        try:
            await taken(signed(payload(**changes)))
        except ExpiredTokenError:
            assert name.startswith("expired")
        except RefusedTokenError:
            assert not name.startswith("expired")


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({"exp": SECONDS - 29, "iat": SECONDS - 100}, True),
        ({"exp": SECONDS - 30, "iat": SECONDS - 100}, False),
        ({"iat": SECONDS + 30, "exp": SECONDS + 60}, True),
        ({"iat": SECONDS + 31, "exp": SECONDS + 60}, False),
        ({"nbf": SECONDS + 30}, True),
        ({"nbf": SECONDS + 30.5}, False),
        ({"exp": SECONDS + 86_400}, True),
        ({"exp": SECONDS + 600.25}, True),
    ],
)
async def test_the_clock_may_be_off_by_the_skew(changes: dict[str, Any], is_taken: bool) -> None:
    token = signed(payload(**changes))
    if is_taken:
        await taken(token)
    else:
        await refused(token)


async def test_without_skew_a_token_ends_at_that_second() -> None:
    await taken(signed(payload(iat=SECONDS - 9, exp=SECONDS + 1)), jwt_skew=0)
    await refused(signed(payload(iat=SECONDS - 9, exp=SECONDS)), jwt_skew=0)


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({"aud": ["billing", AUDIENCE]}, {}),
        ({}, {"typ": "at+jwt"}),
        ({}, {"typ": "application/at+jwt"}),
        ({}, {"kid": "any"}),
        ({"nested": {"exp": 1}, "admin": True}, {}),
    ],
)
async def test_what_other_issuers_write_is_taken(
    changes: dict[str, Any], header: dict[str, Any]
) -> None:
    await taken(signed(payload(**changes), headers=header))


@pytest.mark.parametrize(
    ("claims", "changes", "expected"),
    [
        ({"domain": "example.com"}, {}, ("example.com", Role.ADMIN, None)),
        ({"domain": DOMAIN.upper()}, {}, (UUID(DOMAIN), Role.ADMIN, None)),
        # Not the usual spelling of a uuid: somebody's name.
        ({"domain": DOMAIN.replace("-", "")}, {}, (DOMAIN.replace("-", ""), Role.ADMIN, None)),
        ({"user": DOMAIN, "role": "agent"}, {}, (UUID(DOMAIN), Role.AGENT, UUID(DOMAIN))),
        ({"role": ["offline_access", "leader"]}, {}, (UUID(DOMAIN), Role.LEADER, None)),
        (
            {"realm_access": {"roles": ["cc=admins", "x"]}, "role": None},
            {"jwt_role_claim": "realm_access.roles", "jwt_roles": "cc=admins=admin, cc-all=agent"},
            (UUID(DOMAIN), Role.ADMIN, None),
        ),
        (
            {"https://example.com/role": "manager", "role": None},
            {"jwt_role_claim": "https://example.com/role"},
            (UUID(DOMAIN), Role.MANAGER, None),
        ),
        (
            {"tenant": "a", "who": "b", "domain": None},
            {"jwt_domain_claim": "tenant", "jwt_user_claim": "who"},
            ("a", Role.ADMIN, "b"),
        ),
        # Two of the issuer's names for one role are one role.
        (
            {"role": ["a", "b"]},
            {"jwt_roles": "a=leader,b=leader"},
            (UUID(DOMAIN), Role.LEADER, None),
        ),
    ],
)
async def test_claims_as_the_settings_name_them(
    claims: dict[str, Any], changes: dict[str, Any], expected: tuple[object, ...]
) -> None:
    found = await taken(signed(payload(**claims)), **changes)
    assert (found.domain, found.role, found.user) == expected


async def test_with_names_of_roles_ours_mean_nothing() -> None:
    assert "role" in await refused(signed(payload(role="admin")), jwt_roles="boss=admin")
    assert "role" in await refused(signed(), jwt_role_claim="a.b.c")
    assert "role" in await refused(signed(payload(a="b")), jwt_role_claim="a.b.c")


@given(st.data())
async def test_no_change_of_a_good_token_gets_in(data: st.DataObject) -> None:
    """Refused, and in no other way than by a RefusedTokenError."""
    good = signed(payload(), *_pair("ES256"))
    at = data.draw(st.integers(0, len(good)))
    cut = data.draw(st.integers(0, 5))
    text = data.draw(st.text(st.sampled_from("ABab01-_.=+ \0é"), max_size=5))
    changed = good[:at] + text + good[at + cut :]
    if changed != good:
        await refused(changed, "ES256")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.sampled_from([*payload(), "nbf", "jti", "user"]), JSON)
async def test_whatever_a_claim_has_is_taken_or_refused(name: str, value: object) -> None:
    token = hs256({"alg": "HS256"}, {**payload(), name: value}, SECRET.encode())
    try:
        found = await taken(token, "HS256")
    except RefusedTokenError:
        return
    assert found.expires_at > NOW - timedelta(seconds=31)


def _pair(algorithm: str) -> tuple[Any, str]:
    return ALGORITHMS[algorithm][0], algorithm
