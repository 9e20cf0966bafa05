"""Rounds 督导轮次 with their teams and planned visits."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from services.inspection.domain.rules_input import NotADay
from services.inspection.domain.rules_registry import BadPeriod, RoundNotOpen
from services.inspection.domain.wording import required

_TITLE_LENGTH: Final = 100
_LONGEST: Final = 366


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
class PlanProof:
    """What a plan costs, what no plan can cost less than, and the gap between them in hundredths of a per cent.

    `travel`, `load`, `levels` are the weighted parts of `cost`; `terms` is the version of the planning terms.
    """

    cost: int
    bound: int
    gap: int
    travel: int
    load: int
    levels: int
    terms: int
    seed: int
    team_size: int


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
    proof: PlanProof | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRound:
    """A round to be opened: the `ordinal`-th of its year, with a published checklist version."""

    id: str
    year: int
    ordinal: int
    title: str
    starts: str
    ends: str
    checklist: str


def opened(wanted: NewRound) -> Round:
    """The round, open for planning; raises `BadPeriod` unless it starts within its year and ends no earlier."""
    starts, ends = _day(wanted.starts), _day(wanted.ends)
    if wanted.ordinal < 1 or starts.year != wanted.year or ends < starts or (ends - starts).days > _LONGEST:
        raise BadPeriod
    return Round(
        id=wanted.id,
        year=wanted.year,
        ordinal=wanted.ordinal,
        title=required(wanted.title, _TITLE_LENGTH, "名称", "title"),
        starts=starts.isoformat(),
        ends=ends.isoformat(),
        checklist=wanted.checklist,
        state="open",
        teams=(),
        visits=(),
    )


def planned(before: Round, teams: Iterable[Team], visits: Iterable[PlannedVisit]) -> Round:
    """The round with its plan; raises `RoundNotOpen` unless it was open."""
    require_open(before)
    return replace(before, state="planned", teams=tuple(team.id for team in teams), visits=tuple(visits))


def require_open(before: Round) -> None:
    """Raises `RoundNotOpen` once the round has a plan: nobody waits for a planning that cannot count."""
    if before.state != "open":
        raise RoundNotOpen


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotADay(text=text[:20]) from None
