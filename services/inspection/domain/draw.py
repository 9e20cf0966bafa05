"""抽查: schools drawn at random from a published seed; the shapes."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """Pool, number and the seed's SHA-256 are published before the draw, seed and public value after it."""

    id: str
    title: str
    pool: tuple[str, ...]
    number: int
    commitment: str
    public_source: str
    state: Literal["committed", "drawn"]
    committed_at: str
    seed: str | None = None
    public_value: str | None = None
    drawn: tuple[str, ...] = ()
    drawn_at: str | None = None
