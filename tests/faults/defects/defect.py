"""What a planted defect is: a mistake that somebody could make, and the faults that must bring it to light."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Defect:
    """`plant` changes the code of this process; one of `faults` must catch it within `seeds` seeds each."""

    name: str
    title: str
    plant: Callable[[], None]
    faults: tuple[str, ...]
    seeds: int


def swap(owner: Any, name: str, replacement: Any) -> Any:
    """Put something in the place of an attribute; returns what was there. Raises `AttributeError` if nothing was."""
    before = getattr(owner, name)
    setattr(owner, name, replacement)
    return before
