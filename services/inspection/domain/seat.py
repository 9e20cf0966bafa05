"""Who acts as secretary of a branch: its secretaries, or its deputies while those are away; one side, never both."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """Who acts as secretary of a branch; `in_place_of` the secretary who is away, none where the seat is vacant."""

    acting: frozenset[str]
    by_deputy: bool = False
    in_place_of: str | None = None


def seat_of(secretaries: AbstractSet[str], deputies: AbstractSet[str], away: AbstractSet[str]) -> Seat:
    """The secretaries who are there; else the deputies who are; where nobody is there, nobody's absence counts."""
    if here := secretaries - away:
        return Seat(acting=frozenset(here))
    if here := deputies - away:
        return Seat(acting=frozenset(here), by_deputy=True, in_place_of=min(secretaries, default=None))
    if secretaries:
        return Seat(acting=frozenset(secretaries))
    return Seat(acting=frozenset(deputies), by_deputy=True)
