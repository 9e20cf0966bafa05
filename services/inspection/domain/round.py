"""Rounds 督导轮次 with their teams and planned visits."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """A supervision team of one round: cadres of at least three divisions."""

    id: str
    round: str
    name: str
    leader: str
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedVisit:
    """One row of a round's plan."""

    visit: str
    school: str
    team: str
    day: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """A round: period (days, both included), checklist version, and after planning its teams and visits."""

    id: str
    year: int
    ordinal: int
    title: str
    starts: str
    ends: str
    checklist: str
    state: Literal["open", "planned", "finished"]
    teams: tuple[str, ...]
    visits: tuple[PlannedVisit, ...]
