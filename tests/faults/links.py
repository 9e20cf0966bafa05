"""A small TCP proxy with a will of its own: links on loopback that can be cut, slowed, reset or left hanging."""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final, Self

import uvloop

from dudao.embedded.ports import LOOPBACK, free_port

_CHUNK: Final = 64 * 1024
_ABORT: Final = struct.pack("ii", 1, 0)
_LOOK_EVERY: Final = 0.02
_HEADER: Final = 4
_SMALL: Final = 16 * 1024
_RESET_ONE_IN: Final = 12


class Mode(StrEnum):
    """What a link does to what passes."""

    OPEN = "open"
    CUT = "cut"
    HANG = "hang"
    SLOW = "slow"
    RESET = "reset"


Rewrite = Mapping[bytes, bytes]


class Link:
    """One listening port in front of one other. `mode` may be set at any time, by any thread."""

    def __init__(self, target: int, rewrite: Rewrite | None = None, port: int | None = None) -> None:
        self.target = target
        self.port = port or free_port()
        self.rewrite: dict[bytes, bytes] = dict(rewrite or {})
        self.dice = random.Random(self.port)
        self.passed = 0
        self._mode = Mode.OPEN
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Future[None]] = set()

    @property
    def mode(self) -> Mode:
        """What it does now."""
        return self._mode

    def turn(self, mode: Mode, seed: int = 0) -> None:
        """Change what it does; a cut ends the connections there are."""
        self.dice = random.Random(seed)
        self._mode = mode
        if mode is Mode.CUT and self._loop is not None:
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for pair in list(self._pairs):
            for writer in pair:
                _abort(writer)

    async def serve(self) -> None:
        """Listen; returns when it does."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def stop(self) -> None:
        """Listen no longer, and end every connection."""
        if self._server is not None:
            self._server.close()
        self._end_all()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of ours: one of the server's own would complain when it is cancelled.
        carrying = asyncio.ensure_future(self._carry(reader, writer))
        self._carrying.add(carrying)
        carrying.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if self._mode is Mode.CUT:
                _abort(writer)
                return
            await self._while_hanging()
            there, back = await asyncio.open_connection(LOOPBACK, self.target)
            pair = (writer, back)
            self._pairs.add(pair)
            try:
                await self._join(reader, writer, there, back)
            finally:
                self._pairs.discard(pair)
        writer.close()

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        back: asyncio.StreamWriter,
    ) -> None:
        answering = self._frames(there, writer, back) if self.rewrite else self._pump(there, writer, back)
        ways = [asyncio.create_task(self._pump(reader, back, writer)), asyncio.create_task(answering)]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            back.close()

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, other: asyncio.StreamWriter
    ) -> None:
        while chunk := await source.read(_CHUNK):
            if not await self._pass(chunk, sink, other):
                return

    async def _frames(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, other: asyncio.StreamWriter
    ) -> None:
        """MongoDB's messages one by one: a member tells its clients the addresses of all, and must tell ours."""
        while True:
            header = await source.readexactly(_HEADER)
            (size,) = struct.unpack("<i", header)
            message = header + await source.readexactly(size - _HEADER)
            if size < _SMALL and b"setName" in message:
                for real, ours in self.rewrite.items():
                    message = message.replace(real, ours)
            if not await self._pass(message, sink, other):
                return

    async def _pass(self, chunk: bytes, sink: asyncio.StreamWriter, other: asyncio.StreamWriter) -> bool:
        await self._while_hanging()
        if self._mode is Mode.SLOW:
            await asyncio.sleep(self.dice.uniform(0.02, 0.25))
        if self._mode is Mode.RESET and self.dice.randrange(_RESET_ONE_IN) == 0:
            sink.write(chunk[: self.dice.randrange(len(chunk) + 1)])
            await asyncio.sleep(0)
            _abort(sink)
            _abort(other)
            return False
        sink.write(chunk)
        await sink.drain()
        self.passed += len(chunk)
        return True

    async def _while_hanging(self) -> None:
        while self._mode is Mode.HANG:
            await asyncio.sleep(_LOOK_EVERY)


def _abort(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset."""
    with suppress(OSError):
        found = writer.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.transport.abort()


class Links:
    """All links, in a thread of their own."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="links", daemon=True)
        self._links: list[Link] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A loop of uvloop is not closed while anything listens.
        for link in self._links:
            self._do(link.stop)
        self._do(_cancel_all)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.run_coroutine_threadsafe(job(), self._loop).result(10)

    def add(self, link: Link) -> Link:
        """Open a link."""
        self._do(link.serve)
        self._links.append(link)
        return link

    def in_front_of(self, *targets: int) -> list[Link]:
        """One link in front of each port."""
        return [self.add(Link(target)) for target in targets]

    def in_front_of_members(self, ports: tuple[int, ...]) -> list[Link]:
        """Links in front of a replica set, whose members are told of by the links' addresses."""
        links = [Link(port) for port in ports]
        addresses = {f"{LOOPBACK}:{link.target}".encode(): f"{LOOPBACK}:{link.port}".encode() for link in links}
        for link in links:
            link.rewrite = addresses
            self.add(link)
        return links


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
