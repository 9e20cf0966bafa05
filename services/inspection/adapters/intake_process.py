"""Starts the process that looks into a file: what a hostile file can do, it does there, within bounds."""

import asyncio
import sys
from typing import Any, BinaryIO, Final

import msgspec

from runtime.errors import Retryable
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


class IntakeProcess:
    """One process a file, `AT_ONCE` at a time."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def examine(self, file: BinaryIO) -> Examined:
        """What the file is; it must be one on disk. Raises a rule of `rules_evidence`, `Retryable`."""
        async with self._room:
            answer = await _asked(file)
        line, _, rest = answer.partition(b"\n")
        if not line:
            raise FileTooCostly
        about: dict[str, Any] = msgspec.json.decode(line)
        if "refused" in about:
            raise INTAKE[about["refused"]](**about["detail"])
        shown, thumb = rest[: about["shown"]], rest[about["shown"] : about["shown"] + about["thumb"]]
        picture = None if about["picture"] is None else msgspec.convert(about["picture"], Picture)
        return Examined(
            sha256=about["sha256"],
            size=about["size"],
            media_type=about["media_type"],
            picture=picture,
            shown=shown or None,
            thumb=thumb or None,
        )


async def _bounded(out: asyncio.StreamReader | None) -> bytes:
    answer = bytearray()
    while out is not None and len(answer) <= _MOST and (chunk := await out.read(_CHUNK)):
        answer += chunk
    return bytes(answer)


async def _asked(file: BinaryIO) -> bytes:
    """The whole answer; empty when the process was ended by its bounds."""
    try:
        # What was still in memory goes to disk here.
        descriptor = file.fileno()
        file.flush()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", MODULE, stdin=descriptor, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env=_ENVIRONMENT,
        )  # fmt: skip
    except OSError as error:
        raise Retryable("the file could not be put before a process") from error
    try:
        async with asyncio.timeout(SECONDS):
            answer = await _bounded(process.stdout)
            code = await process.wait()
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return answer if code == 0 else b""
