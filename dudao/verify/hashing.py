"""The chain's hash, written a second time from the description in docs/architecture.md, not from runtime.ledger."""

import hashlib
import struct
from typing import Final

LENGTH: Final = struct.Struct(">Q")


def _joined(fields: tuple[bytes, ...]) -> bytes:
    return b"".join(LENGTH.pack(len(field)) + field for field in fields)


def first_hash(ledger_id: str, ledger: str, stream: int) -> bytes:
    """What the first entry of a stream is chained to."""
    return hashlib.sha256(_joined((b"dudao-ledger-1", ledger_id.encode(), ledger.encode(), b"%d" % stream))).digest()


def next_hash(prev: bytes, numbers: tuple[int, ...], texts: tuple[str, ...], data: bytes) -> bytes:
    """`numbers`: stream, seq, version, registry, at, sealed_at; `texts`: id, type, subject, key."""
    fields = (prev, *(b"%d" % number for number in numbers), *(text.encode() for text in texts), data)
    return hashlib.sha256(_joined(fields)).digest()
