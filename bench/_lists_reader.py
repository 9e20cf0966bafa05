"""One reader over HTTP/1.1 on one kept-alive connection, that costs little."""

import asyncio
from typing import Final, Self
from urllib.parse import urlsplit

from dudao.bench import WrongOutputError

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


class Reader:
    """Asks one thing after the other; `person` is the token that the benchmark's API takes on trust."""

    def __init__(self, base: str) -> None:
        self._target = urlsplit(base)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._streams = await asyncio.open_connection(self._target.hostname, self._target.port, limit=2**24)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._streams is not None:
            self._streams[1].close()
            await self._streams[1].wait_closed()

    async def get(self, path: str, person: str) -> bytes:
        """The body of a 200; raises `WrongOutputError` for any other status."""
        if self._streams is None:
            raise RuntimeError("not connected")
        reader, writer = self._streams
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {self._target.netloc}\r\nAuthorization: Bearer {person}\r\n\r\n".encode()
        )
        head = (await reader.readuntil(_END)).lower()
        length = next(int(line[len(_LENGTH) :]) for line in head.split(b"\r\n") if line.startswith(_LENGTH))
        body = await reader.readexactly(length)
        if not head.startswith(b"http/1.1 200 "):
            raise WrongOutputError(f"{path}: {head.splitlines()[0].decode()}: {body[:500].decode(errors='replace')}")
        return body
