"""The hash chain: pure functions, SHA-256 over length-prefixed fields."""

import hashlib
from collections.abc import Sequence
from typing import Final

from runtime.ledger.model import Entry

_VERSION: Final = b"dudao-ledger-1"


# Nearly every part is shorter than this.
_LENGTHS: Final = tuple(length.to_bytes(8, "big") for length in range(256))


def _digest(parts: Sequence[bytes]) -> bytes:
    told: list[bytes] = []
    for part in parts:
        length = len(part)
        told.append(_LENGTHS[length] if length < len(_LENGTHS) else length.to_bytes(8, "big"))
        told.append(part)
    return hashlib.sha256(b"".join(told)).digest()


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
    return _digest(
        (
            prev, b"%d" % stream, b"%d" % seq, b"%d" % version, b"%d" % registry, b"%d" % at, b"%d" % sealed_at,
            id.encode(), type.encode(), subject.encode(), key.encode(), data,
        )
    )  # fmt: skip


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
