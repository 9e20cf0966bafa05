"""The one source of identifiers."""

import hashlib
import os
import time
import uuid


def new_id() -> str:
    """A UUIDv7 (RFC 9562): unique, and in the order of its making to a millisecond."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def derive_id(*parts: str) -> str:
    """The same parts give the same id: SHA-256 over length-prefixed parts, 32 hexadecimal digits of it."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()[:32]


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
