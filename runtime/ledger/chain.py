"""The hash chain: pure functions, SHA-256 over length-prefixed fields."""

import hashlib
from collections.abc import Iterable
from typing import Final

from runtime.ledger.model import Entry

_VERSION: Final = b"dudao-ledger-1"


def _digest(parts: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def genesis(ledger_id: str, ledger: str, stream: int) -> bytes:
    """What stands before the first entry of a stream: no stream can pass for another, nor for another system's."""
    return _digest((_VERSION, ledger_id.encode(), ledger.encode(), str(stream).encode()))


def link(  # noqa: PLR0913 -- everything that is hashed, by name
    prev: bytes,
    *,
    stream: int,
    seq: int,
    id: str,
    type: str,
    subject: str,
    key: str,
    version: int,
    registry: int,
    at: int,
    sealed_at: int,
    data: bytes,
) -> bytes:
    """Hash of one entry over the previous hash, every header and the data, so that none can be altered unseen."""
    numbers = (stream, seq, version, registry, at, sealed_at)
    texts = (id, type, subject, key)
    return _digest((prev, *(str(n).encode() for n in numbers), *(t.encode() for t in texts), data))


def chains(prev: bytes, entry: Entry) -> bool:
    """Whether the entry's hash follows from the previous one and its own content."""
    return entry.hash == link(
        prev,
        stream=entry.stream,
        seq=entry.seq,
        id=entry.id,
        type=entry.type,
        subject=entry.subject,
        key=entry.key,
        version=entry.version,
        registry=entry.registry,
        at=entry.at,
        sealed_at=entry.sealed_at,
        data=entry.data,
    )
