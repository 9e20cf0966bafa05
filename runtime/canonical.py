"""One encoding of one value: JSON with sorted keys, no white space, UTF-8. These bytes are hashed and sent."""

from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def encode(value: Any) -> bytes:
    """Canonical JSON bytes of plain values, dataclasses or msgspec structs."""
    return _ENCODER.encode(value)


def decode(data: bytes) -> Any:
    """Plain values from JSON bytes; raises `msgspec.DecodeError`."""
    return msgspec.json.decode(data)
