"""One GET of a small document, with an end to its time and its size, and no way to elsewhere."""

import asyncio
import ssl
from urllib.parse import SplitResult, urlsplit

import h11

TIMEOUT = 5
LARGEST = 262_144
PORTS = {"http": 80, "https": 443}
OK = 200


class FetchError(Exception):
    """Why there is no document."""


class Address:
    """Where the document is. ValueError unless it is http or https to a host."""

    def __init__(self, url: str) -> None:
        self._parts: SplitResult = urlsplit(url)
        host = self._parts.hostname
        if self._parts.scheme not in PORTS or not host or self._parts.username is not None:
            raise ValueError(url)
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError(url)
        self._host = host
        self._port = self._parts.port or PORTS[self._parts.scheme]
        self.secure = self._parts.scheme == "https"
        self._tls = ssl.create_default_context() if self.secure else None

    async def get(self) -> bytes:
        """The document, of status 200 from this very address: redirects are not followed."""
        try:
            async with asyncio.timeout(TIMEOUT):
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, ssl=self._tls
                )
                try:
                    connection = h11.Connection(h11.CLIENT)
                    for event in (self._request(), h11.EndOfMessage()):
                        writer.write(connection.send(event) or b"")
                    return await _document(connection, reader)
                finally:
                    writer.close()
        except TimeoutError:
            raise FetchError(f"no answer within {TIMEOUT} s") from None
        except (OSError, UnicodeError, h11.ProtocolError) as error:
            raise FetchError(str(error) or type(error).__name__) from error

    def _request(self) -> h11.Request:
        parts = self._parts._replace(
            scheme="", netloc="", path=self._parts.path or "/", fragment=""
        )
        headers = {
            "Host": self._parts.netloc,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "call-statistics-gateway",
            "Connection": "close",
        }
        return h11.Request(method="GET", target=parts.geturl(), headers=list(headers.items()))


async def _document(connection: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    document = bytearray()
    while True:
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(65_536))
            case h11.Response(status_code=status) if status != OK:
                raise FetchError(f"status {status}")
            case h11.Data(data=data):
                document += data
                if len(document) > LARGEST:
                    raise FetchError(f"more than {LARGEST} bytes")
            case h11.EndOfMessage():
                return bytes(document)
