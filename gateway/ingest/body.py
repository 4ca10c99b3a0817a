"""The body of a request that brings records, received whole before anything of it is written."""

import base64
import io
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from gateway.access import bearer
from gateway.errors import (
    BadRequestError,
    TooLargeError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)

IN_MEMORY = 1_000_000
GZIP = 31  # zlib's number for gzip with its header
DAMAGED = "The body is not whole gzip: send it again, or without Content-Encoding."


def token_of(headers: Headers) -> str:
    """The token, as Bearer or as the password of HTTP Basic: some senders know no other."""
    scheme, _, credentials = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return bearer(headers)
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except ValueError:
        raise UnauthenticatedError(
            "The Authorization header is not understood: Basic is base64 of name:token."
        ) from None
    return text.partition(":")[2]


def check_media_type(request: Request, *taken: str) -> None:
    """UnsupportedMediaTypeError unless the body's media type is one of those taken."""
    name, *parameters = (
        text.strip().lower() for text in request.headers.get("content-type", "").split(";")
    )
    charsets = [
        p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")
    ]
    if name not in taken or not {"utf-8", "utf8", "us-ascii"}.issuperset(charsets):
        raise UnsupportedMediaTypeError(
            f"Send the body in UTF-8, with the Content-Type {' or '.join(taken)}."
        )


@contextmanager
def spooled() -> Iterator[io.BufferedReader]:
    """Where a body is put: in memory while it is small, then in a file that nobody else sees."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        yield cast("io.BufferedReader", file)


async def receive(request: Request, most: int, file: io.BufferedReader) -> None:
    """Write the body, unpacked, to the file. Neither the body nor what it unpacks to may be larger
    than `most`.
    """
    unpacked = _unpacking(request, most)
    length = request.headers.get("content-length", "")
    received = int(length) if length.isdigit() else 0
    _check_size(received, most)
    received = size = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            _check_size(received, most)
            for piece in unpacked.pieces(chunk):
                size += len(piece)
                _check_size(size, most)
                file.write(piece)
    except ClientDisconnect:
        raise BadRequestError("The body is incomplete.") from None
    unpacked.finish()
    file.seek(0)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLargeError(f"The body is larger than {most} bytes: send it in parts.")


class _Plain:
    def pieces(self, chunk: bytes) -> Iterable[bytes]:
        return (chunk,)

    def finish(self) -> None:
        """Whatever came is whole."""


class _Gzip(_Plain):
    """One gzip member after another, in pieces so small that a bomb is seen before it bursts."""

    def __init__(self, most: int) -> None:
        self._piece = min(IN_MEMORY, most + 1)
        self._member = zlib.decompressobj(GZIP)
        self._begun = False

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._member.eof:
                self._member = zlib.decompressobj(GZIP)
            self._begun = True
            try:
                yield self._member.decompress(chunk, self._piece)
            except zlib.error:
                raise BadRequestError(DAMAGED) from None
            chunk = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def finish(self) -> None:
        if self._begun and not self._member.eof:
            raise BadRequestError(DAMAGED)


def _unpacking(request: Request, most: int) -> _Plain:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return _Gzip(most)
    if encoding in ("", "identity"):
        return _Plain()
    raise UnsupportedMediaTypeError("Send the body plain, or with Content-Encoding: gzip.")
