"""Keys from an address: renewed and rotated, whatever the address does."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.auth import fetching, jwks
from gateway.auth.fetching import Address, FetchError
from gateway.auth.jwks import ASKED_EVERY, KEPT, RENEWED_EVERY, KeySet, KeysUnavailableError
from tests.auth.jwks_server import JwksServer, document, response
from tests.auth.signing import ED25519, OTHER_RSA, P256, RSA, WEAK_RSA, jwk, pem, private_pem

NOT_THERE = "http://127.0.0.1:9/jwks.json"


@pytest.fixture
async def server() -> AsyncIterator[JwksServer]:
    async with JwksServer(response(document(jwk(RSA, "one")))).running() as found:
        yield found


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def keys_of(server: JwksServer, clock: Clock | None = None) -> KeySet:
    return KeySet(Address(server.url).get, clock or Clock())


async def found(keys: KeySet, key_id: str | None) -> str | None:
    """The public key of that id."""
    key = await keys.find(key_id)
    return None if key is None else pem_of(key.material)


def pem_of(material: Any) -> str:
    class Pair:
        def public_key(self) -> Any:
            return material

    return pem(Pair())


async def failure(url: str) -> str:
    with pytest.raises(FetchError) as caught:
        await Address(url).get()
    return str(caught.value)


async def test_the_request(server: JwksServer) -> None:
    await Address(server.url + "#part").get()
    (request,) = server.requests
    lines = request.decode().split("\r\n")
    assert lines[0] == "GET /jwks.json?a=b HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert "Accept-Encoding: identity" in lines
    assert not any(line.lower().startswith(("authorization", "cookie")) for line in lines)


async def test_keys_are_asked_for_once(server: JwksServer) -> None:
    keys = keys_of(server)
    assert await asyncio.gather(*(found(keys, "one") for _ in range(50))) == [pem(RSA)] * 50
    for _ in range(50):
        await found(keys, "one")
    assert len(server.requests) == 1


async def test_every_kind_of_key_and_none_of_the_others(server: JwksServer) -> None:
    server.answer = response(
        document(
            jwk(RSA, "rsa"),
            jwk(P256, "ec", alg="ES256"),
            jwk(ED25519, "okp"),
            jwk(WEAK_RSA, "weak"),
            {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
            jwk(RSA, "encrypting", use="enc"),
            "no key",
            {**jwk(RSA, None), "kid": 5},
        )
    )
    keys = keys_of(server)
    assert await found(keys, "rsa") == pem(RSA)
    assert await found(keys, "ec") == pem(P256)
    assert await found(keys, "okp") == pem(ED25519)
    for key_id in ("weak", "secret", "encrypting", "no key", "5", "", None):
        assert await found(keys, key_id) is None


async def test_without_an_id_the_only_key_is_meant(server: JwksServer) -> None:
    assert await found(keys_of(server), None) == pem(RSA)
    server.answer = response(document(jwk(RSA, None), jwk(P256, "named")))
    keys = keys_of(server)
    assert await found(keys, None) == pem(RSA)
    assert await found(keys, "other") is None


async def test_a_new_key_is_found_and_unknown_ones_do_not_ask_each_time(
    server: JwksServer,
) -> None:
    clock = Clock()
    keys = keys_of(server, clock)
    assert await found(keys, "two") is None
    server.answer = response(document(jwk(RSA, "one"), jwk(OTHER_RSA, "two")))
    for number in range(100):
        assert await found(keys, f"forged {number}") is None
    assert len(server.requests) == 1
    clock.now += ASKED_EVERY
    assert await found(keys, "two") == pem(OTHER_RSA)
    for number in range(100):
        assert await found(keys, f"forged {number}") is None
    assert len(server.requests) == 2


async def test_a_key_that_is_withdrawn_is_gone_with_the_next_renewal(
    server: JwksServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "RENEWED_EVERY", 0.05)
    keys = keys_of(server)
    keeping = asyncio.create_task(keys.keep())
    assert await found(keys, "one") == pem(RSA)
    server.answer = response(document(jwk(OTHER_RSA, "two")))
    async with asyncio.timeout(5):
        while await found(keys, "one") is not None:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.02)
    assert await found(keys, "two") == pem(OTHER_RSA)
    keeping.cancel()
    assert RENEWED_EVERY <= 300


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        response(b"<html>", "200 OK"),
        response(b"{}"),
        response(b"[]"),
        response(b'{"keys": {}}'),
        response(b'{"keys": []}'),
        response(b'{"keys": [5, null, {"kty": "RSA"}]}'),
        response(b"[" * 100_000),
        response(document(), "500 Internal Server Error"),
        response(document(*[jwk(RSA, str(number)) for number in range(101)])),
    ],
)
async def test_the_last_keys_are_kept_while_the_address_fails(
    server: JwksServer, answer: bytes
) -> None:
    clock = Clock()
    keys = keys_of(server, clock)
    assert await found(keys, "one") == pem(RSA)
    good, server.answer = server.answer, answer
    clock.now += ASKED_EVERY
    # Nobody knows whether this key is one by now.
    with pytest.raises(KeysUnavailableError) as caught:
        await found(keys, "two")
    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "5"})
    clock.now += KEPT - ASKED_EVERY - 1
    assert await found(keys, "one") == pem(RSA)
    clock.now += 1
    with pytest.raises(KeysUnavailableError):
        await found(keys, "one")
    server.answer = good
    clock.now += ASKED_EVERY
    assert await found(keys, "one") == pem(RSA)


async def test_keys_are_there_as_soon_as_the_address_is() -> None:
    server = JwksServer(response(document(jwk(RSA, "one"))))
    async with server.running():
        pass
    clock = Clock()
    keys = keys_of(server, clock)
    with pytest.raises(KeysUnavailableError):
        await found(keys, "one")
    async with server.running():
        clock.now += ASKED_EVERY
        assert await found(keys, "one") == pem(RSA)


async def test_a_client_that_leaves_does_not_end_what_others_wait_for(server: JwksServer) -> None:
    going = asyncio.Event()
    good = server.answer

    async def late(writer: asyncio.StreamWriter) -> None:
        await going.wait()
        assert isinstance(good, bytes)
        writer.write(good)

    server.answer = late
    keys = keys_of(server)
    waiting = [asyncio.create_task(found(keys, "one")) for _ in range(3)]
    await asyncio.sleep(0.05)
    waiting[0].cancel()
    await asyncio.sleep(0)
    going.set()
    assert await asyncio.gather(*waiting[1:]) == [pem(RSA)] * 2
    assert len(server.requests) == 1


async def _drip(writer: asyncio.StreamWriter, *, header: bool) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + (b"" if header else b"Content-Length: 9999\r\n\r\n"))
    while True:
        writer.write(b"X: y\r\n" if header else b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    "answer",
    [
        _silence,
        lambda writer: _drip(writer, header=True),
        lambda writer: _drip(writer, header=False),
    ],
    ids=["silent", "a header at a time", "a byte at a time"],
)
async def test_a_slow_address_has_an_end(
    server: JwksServer, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", 0.3)
    server.answer = answer
    started = asyncio.get_running_loop().time()
    assert "no answer within" in await failure(server.url)
    assert asyncio.get_running_loop().time() - started < 2
    assert pytest.approx(0.3) == fetching.TIMEOUT


async def _flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def test_a_huge_document_is_not_read_to_its_end(server: JwksServer) -> None:
    server.answer = _flood
    assert await failure(server.url) == f"more than {fetching.LARGEST} bytes"
    server.answer = response(b" " * (fetching.LARGEST + 1))
    assert await failure(server.url) == f"more than {fetching.LARGEST} bytes"
    server.answer = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000
    assert await failure(server.url)


async def test_chunks_and_an_answer_without_length_are_whole(server: JwksServer) -> None:
    body = document(jwk(RSA, "one"))
    for answer in (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + f"{len(body):x}\r\n".encode()
        + body
        + b"\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n" + body,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + response(body),
    ):
        server.answer = answer
        assert await Address(server.url).get() == body
    server.answer = response(body)[:-5]
    assert await failure(server.url)


@pytest.mark.parametrize(
    "target", ["/elsewhere", "http://127.0.0.2/", "file:///etc/passwd", "https://login.example/"]
)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
async def test_no_redirect_is_followed(server: JwksServer, target: str, status: str) -> None:
    server.answer = response(b"", status, f"Location: {target}")
    assert await failure(server.url) == f"status {status[:3]}"
    assert len(server.requests) == 1


async def test_an_address_where_nobody_is() -> None:
    assert await failure(NOT_THERE)
    assert await failure("http://nowhere.invalid/jwks.json")


def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate of its own making, for 127.0.0.1, in cert.pem."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(P256.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(P256, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_text(private_pem(P256))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


async def test_https_needs_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = document(jwk(RSA, "one"))
    async with JwksServer(response(body)).running(certificate(tmp_path)) as server:
        assert "CERTIFICATE_VERIFY_FAILED" in await failure(server.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert await Address(server.url).get() == body
    async with JwksServer(response(body)).running() as server:
        assert await failure(server.url.replace("http:", "https:"))
