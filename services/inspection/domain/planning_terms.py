"""Distances and weights of round planning: configuration, kept version by version in the ledger."""

from dataclasses import dataclass
from typing import Final

PLANNING: Final = "planning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Distance:
    """Kilometres between two divisions, either way."""

    start: str
    end: str
    km: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanningTerms:
    """Cost = `travel_weight` × kilometres of every member to every visit (`within_km` inside a division),
    + `load_weight` × the square of a team's visits off the even load,
    + `levels_weight` for each school level that a team lacks of `levels_wanted`.
    """

    id: str
    version: int
    distances: tuple[Distance, ...]
    within_km: int
    travel_weight: int
    load_weight: int
    levels_weight: int
    levels_wanted: int


DEFAULT_PLANNING: Final = PlanningTerms(
    id=PLANNING,
    version=0,
    distances=(),
    within_km=5,
    travel_weight=1,
    load_weight=60,
    levels_weight=50,
    levels_wanted=2,
)
"""In force until a version is set: without distances every division is as far from every other."""
