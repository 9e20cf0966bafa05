"""Pictures that look alike: 64-bit difference hashes found by bands of their bits.

Two hashes that differ in at most 7 bits differ in at most one bit in at least one of four bands of 16. So every such
pair meets when one is kept under its four bands and the other asks for its own four and their 64 one-bit neighbours.
(Norouzi, Punjani, Fleet: "Fast Search in Hamming Space with Multi-Index Hashing", 2012.)
"""

from typing import Final

BITS: Final = 64
BANDS: Final = 4
NEAR: Final = 7
_WIDTH: Final = BITS // BANDS


def _bands(look: str) -> list[int]:
    value = int(look, 16)
    return [(value >> (_WIDTH * i)) & ((1 << _WIDTH) - 1) for i in range(BANDS)]


def kept_under(look: str) -> list[str]:
    """The keys of a hash of 16 hexadecimal digits."""
    return [f"{i}{band:04x}" for i, band in enumerate(_bands(look))]


def asked_for(look: str) -> list[str]:
    """The keys under which every hash within `NEAR` bits is found."""
    masks = [0, *(1 << bit for bit in range(_WIDTH))]
    return [f"{i}{band ^ mask:04x}" for i, band in enumerate(_bands(look)) for mask in masks]


def distance(one: str, other: str) -> int:
    """How many bits differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
