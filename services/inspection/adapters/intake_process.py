"""Asks for the process that looks into a file: what a hostile file can do, it does there, within bounds."""

import asyncio
import socket
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import msgspec

from runtime.errors import Retryable
from services.inspection.adapters.intake.template import BEGUN
from services.inspection.application.ports import Examined
from services.inspection.domain.evidence import Picture
from services.inspection.domain.rules_evidence import INTAKE, FileTooCostly

MODULE: Final = "services.inspection.adapters.intake"
SECONDS: Final = 20.0
# Each may take the memory that `intake/__main__.py` allows, and the machine has other things to do.
AT_ONCE: Final = 2
_MOST: Final = 32 * 1024 * 1024
_CHUNK: Final = 256 * 1024
# Nothing of this process's environment, where secrets may be, is the business of the other one.
_ENVIRONMENT: Final = {"PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True, slots=True)
class _Template:
    """The process that the files' processes are copies of; it ends when `control` does."""

    process: asyncio.subprocess.Process
    control: socket.socket

    def ask(self, file: int, reply: int) -> None:
        """Look into this file, answer there; raises `OSError` when it is dead."""
        socket.send_fds(self.control, [BEGUN], [file, reply])

    async def end(self) -> None:
        """End it, and wait for its end."""
        self.control.close()
        await self.process.wait()


class IntakeProcess:
    """One process a file, `AT_ONCE` at a time, each a copy of a template that is started by the first."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._starting = asyncio.Lock()
        self._template: _Template | None = None

    async def stop(self) -> None:
        """End the template, and with it whatever looks into a file still."""
        if self._template is not None:
            await self._template.end()
            self._template = None

    async def examine(self, file: BinaryIO) -> Examined:
        """What the file is; it must be one on disk. Raises a rule of `rules_evidence`, `Retryable`."""
        async with self._room:
            answer = await self._asked(file)
        line, ended, rest = answer.partition(b"\n")
        if not ended:
            raise FileTooCostly
        about: dict[str, Any] = msgspec.json.decode(line)
        if "refused" in about:
            raise INTAKE[about["refused"]](**about["detail"])
        shown, thumb = rest[: about["shown"]], rest[about["shown"] :]
        if len(thumb) != about["thumb"]:
            raise FileTooCostly
        picture = None if about["picture"] is None else msgspec.convert(about["picture"], Picture)
        return Examined(
            sha256=about["sha256"],
            size=about["size"],
            media_type=about["media_type"],
            picture=picture,
            shown=shown or None,
            thumb=thumb or None,
        )

    async def _asked(self, file: BinaryIO) -> bytes:
        """The whole answer; cut short, or empty, when the process was ended by its bounds."""
        # What was still in memory goes to disk here.
        descriptor = file.fileno()
        file.flush()
        ours, theirs = socket.socketpair()
        with ours:
            ours.setblocking(False)
            with theirs:
                await self._send(descriptor, theirs.fileno())
            try:
                async with asyncio.timeout(SECONDS):
                    answer = await _bounded(ours)
            except TimeoutError:
                return b""
        if not answer:
            raise Retryable("no process could be made for the file")
        return answer.removeprefix(BEGUN)

    async def _send(self, file: int, reply: int) -> None:
        async with self._starting:
            if self._template is not None:
                try:
                    return self._template.ask(file, reply)
                except OSError:
                    # It died, of want of memory for instance: nothing of this file has come to it.
                    await self.stop()
            self._template = await _started()
            try:
                self._template.ask(file, reply)
            except OSError as error:
                raise Retryable("the file could not be put before a process") from error


async def _started() -> _Template:
    control, theirs = socket.socketpair()
    control.setblocking(False)
    with theirs:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-m", MODULE, stdin=theirs.fileno(), stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL, env=_ENVIRONMENT,
            )  # fmt: skip
        except BaseException as error:
            control.close()
            if isinstance(error, OSError):
                raise Retryable("the process that looks into files cannot be started") from error
            raise
    return _Template(process, control)


async def _bounded(reply: socket.socket) -> bytes:
    loop, answer = asyncio.get_running_loop(), bytearray()
    while len(answer) <= _MOST and (chunk := await loop.sock_recv(reply, _CHUNK)):
        answer += chunk
    return bytes(answer)
