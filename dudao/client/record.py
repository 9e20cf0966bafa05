"""What the servers said yes to, kept so that `dudao verify` can ask for every one of them again."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from runtime.ids import derive_id

FILE: Final = "acknowledged.jsonl"


@dataclass(frozen=True, slots=True)
class Call:
    """One command: who, under which idempotency key, to which service, what."""

    principal: str
    key: str
    service: str
    method: str
    path: str


class Said(msgspec.Struct, frozen=True):
    """What an answer tells of the thing that changed, as far as it does."""

    id: str | None = None
    state: str | None = None
    version: int | None = None


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """One command that was answered with success.

    `request` is the id of its commits in the ledger, derived from (principal, key); `answer` the SHA-256 of the body
    as received, in hexadecimal; `said` is what it told of the thing that changed.
    """

    request: str
    principal: str
    key: str
    service: str
    method: str
    path: str
    status: int
    answer: str
    said: Said


class Record:
    """Appends to one JSON-lines file, each line flushed: what is not in it was not acknowledged to anybody."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._file = self.path.open("ab")
        self.count = 0

    def note(self, call: Call, status: int, body: bytes) -> Said:
        """Add one acknowledged command; returns what the answer said."""
        entry = Acknowledged(
            request=derive_id(call.principal, call.key),
            principal=call.principal,
            key=call.key,
            service=call.service,
            method=call.method,
            path=call.path,
            status=status,
            answer=hashlib.sha256(body).hexdigest(),
            said=said_by(body),
        )
        self._file.write(msgspec.json.encode(entry) + b"\n")
        self._file.flush()
        self.count += 1
        return entry.said

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def said_by(body: bytes) -> Said:
    """What a body says; nothing where it is no JSON object."""
    try:
        return msgspec.json.decode(body, type=Said)
    except msgspec.DecodeError:
        return Said()


def read_record(folder: Path) -> list[Acknowledged]:
    """Everything noted in a folder, in order; empty if nothing was. A last line cut short by a kill is left out."""
    path = folder / FILE
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [msgspec.json.decode(line, type=Acknowledged) for line in lines]
