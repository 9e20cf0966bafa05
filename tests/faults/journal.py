"""What the client attempted and what it was told, each line on the disk before anything follows from it."""

import asyncio
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from dudao.client.record import Acknowledged, Said, said_by
from runtime.ids import derive_id

# How the kind of a command begins that breaks a rule.
MUST_NOT: Final = "no-"


class Fate(StrEnum):
    """What became of a command, as far as its caller can tell."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: the fate it means, its status (0: none came), a digest of its body, what it said."""

    fate: Fate
    status: int
    answer: str
    said: Said
    why: str = ""


@dataclass(slots=True)
class Command:
    """One command under one key, attempted as often as `attempts` says."""

    person: str
    key: str
    service: str
    method: str
    path: str
    kind: str
    attempts: int = 0
    # By the monotonic clock of this process, when the first acknowledgement came.
    acknowledged_at: float | None = None
    told: list[Told] = field(default_factory=list)

    @property
    def request(self) -> str:
        """The id of its commits."""
        return derive_id(self.person, self.key)

    @property
    def fate(self) -> Fate:
        """Acknowledged if it ever was; refused if every attempt was; else nobody can tell."""
        fates = [one.fate for one in self.told]
        if Fate.ACKNOWLEDGED in fates:
            return Fate.ACKNOWLEDGED
        refused = len(fates) == self.attempts and all(fate is Fate.REFUSED for fate in fates)
        return Fate.REFUSED if refused and fates else Fate.UNKNOWN

    def acknowledged(self) -> Acknowledged | None:
        """The first acknowledgement, as `dudao verify` takes it."""
        for one in self.told:
            if one.fate is Fate.ACKNOWLEDGED:
                return Acknowledged(
                    request=self.request, principal=self.person, key=self.key, service=self.service,
                    method=self.method, path=self.path, status=one.status, answer=one.answer, said=one.said,
                )  # fmt: skip
        return None


class Journal:
    """Commands by request, in a file of JSON lines; lines of a moment share one fsync.

    `attended`: alerts that somebody read or confirmed; a second time would change nothing and commit nothing.
    """

    def __init__(self, path: Path) -> None:
        self.commands: dict[str, Command] = {}
        self.attended: set[str] = set()
        self._file = path.open("ab", buffering=0)
        self._waiting: list[bytes] = []
        self._syncing: asyncio.Future[None] | None = None
        self._lock = asyncio.Lock()

    def __iter__(self) -> Iterator[Command]:
        return iter(list(self.commands.values()))

    async def attempt(self, command: Command) -> None:
        """On the disk before the request leaves."""
        command.attempts += 1
        self.commands[command.request] = command
        await self._write({"attempt": command.request, "key": command.key, "person": command.person,
                           "path": command.path, "kind": command.kind})  # fmt: skip

    async def note(self, command: Command, told: Told) -> None:
        """On the disk before anything is made of the answer."""
        command.told.append(told)
        if told.fate is Fate.ACKNOWLEDGED and command.acknowledged_at is None:
            command.acknowledged_at = time.monotonic()
        await self._write({"told": command.request, "fate": told.fate, "status": told.status, "answer": told.answer,
                           "why": told.why})  # fmt: skip

    async def _write(self, line: dict[str, Any]) -> None:
        self._waiting.append(msgspec.json.encode(line) + b"\n")
        mine = self._waiting
        async with self._lock:
            if self._waiting is not mine:
                # Whoever had the lock before took this line along.
                return
            self._waiting = []
            await asyncio.to_thread(self._sync, b"".join(mine))

    def _sync(self, data: bytes) -> None:
        self._file.write(data)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def digest(body: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def told_by(status: int, body: bytes) -> Told:
    """What an answer means: 5xx and 429 say nothing about the outcome."""
    if 200 <= status < 300:
        return Told(Fate.ACKNOWLEDGED, status, digest(body), said_by(body))
    if status >= 500 or status == 429:
        return Told(Fate.UNKNOWN, status, digest(body), Said(), body.decode(errors="replace")[:200])
    return Told(Fate.REFUSED, status, digest(body), Said(), body.decode(errors="replace")[:200])
