"""The days that a light goes by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Days:
    """Today, and the last day that is near; another one for the schools whose holidays are no working days."""

    today: str
    soon: str
    elsewhere: tuple[tuple[frozenset[str], str], ...] = ()
