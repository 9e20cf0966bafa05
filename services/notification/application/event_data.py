"""The data of a sealed entry in the shape that its contract gives it."""

from typing import TypeVar

import msgspec

from runtime.ledger.model import Entry

T = TypeVar("T")


def data_of(entry: Entry, decoder: msgspec.json.Decoder[T]) -> T:
    """Raises `ValueError` on data of another shape."""
    try:
        return decoder.decode(entry.data)
    except msgspec.DecodeError as error:
        raise ValueError(f"{entry.id}: not the data of {entry.type}: {error}") from error
