"""Clients of a benchmark over HTTP/1.1: kept-alive connections, each waiting for its answer, that cost little."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from bench._acceptors import Measured
from dudao.bench import WrongOutputError

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"

Request = Callable[[int], bytes]


def post(url: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a request with a JSON body."""
    target = urlsplit(url)
    told = {"Host": target.netloc, "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return f"POST {target.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def load(url: str, requests: Sequence[bytes], clients: int, wanted: int) -> Measured:
    """Send them all over so many connections; raises `WrongOutputError` for any other status than `wanted`."""
    target = urlsplit(url)
    waiting = iter(requests)
    waits: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        try:
            for request in waiting:
                began = time.perf_counter()
                writer.write(request)
                await _answered(reader, wanted)
                waits.append((time.perf_counter() - began) * 1000)
        finally:
            writer.close()
            await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Measured(len(requests) / (time.perf_counter() - began), waits)


async def _answered(reader: asyncio.StreamReader, wanted: int) -> None:
    head = (await reader.readuntil(_END)).lower()
    length = next(int(line[len(_LENGTH) :]) for line in head.split(b"\r\n") if line.startswith(_LENGTH))
    body = await reader.readexactly(length)
    if not head.startswith(f"http/1.1 {wanted} ".encode()):
        raise WrongOutputError(f"{head.splitlines()[0].decode()}: {body[:500].decode(errors='replace')}")
