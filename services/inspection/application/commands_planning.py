"""Commands of planning, as people send them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.inspection.application.commands import Command, Day, Id, Line, Text
from services.inspection.domain.planning_terms import DEFAULT_PLANNING

Kilometres = Annotated[int, Field(ge=0, le=5000)]
Weight = Annotated[int, Field(ge=0, le=10_000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Seed = Annotated[str, StringConstraints(min_length=16, max_length=200)]


class DistanceBetween(Command):
    """Kilometres between two divisions, either way."""

    start: Id
    end: Id
    km: Kilometres


class SetPlanningTerms(Command):
    """Distances and weights; the ledger keeps every version. What is not said is as it is before any version is set."""

    distances: Annotated[tuple[DistanceBetween, ...], Field(max_length=2000)] = ()
    within_km: Kilometres = DEFAULT_PLANNING.within_km
    travel_weight: Weight = DEFAULT_PLANNING.travel_weight
    load_weight: Weight = DEFAULT_PLANNING.load_weight
    levels_weight: Weight = DEFAULT_PLANNING.levels_weight
    levels_wanted: Annotated[int, Field(ge=0, le=4)] = DEFAULT_PLANNING.levels_wanted


class MoveVisit(Command):
    """The school is visited by this team, on this day, or both."""

    school: Id
    team: Id | None = None
    day: Day | None = None


class MoveMember(Command):
    """The cadre goes to this team; to none: leaves."""

    person: Id
    team: Id | None = None


class TryChange(Command):
    """Moves that happen together: two visits that change teams are a swap."""

    visits: Annotated[tuple[MoveVisit, ...], Field(max_length=50)] = ()
    members: Annotated[tuple[MoveMember, ...], Field(max_length=50)] = ()


class ChangePlan(TryChange):
    """The same, carried out."""

    reason: Text


class ReplaceMember(Command):
    """Which cadre falls out."""

    person: Id


class RescheduleVisit(Command):
    """Another day."""

    day: Day
    reason: Text


class HandOverVisit(Command):
    """Another team."""

    team: Id
    reason: Text


class ArrangeVisit(Command):
    """A visit outside rounds: 回头看, 抽查 or 专项; a reason where the school has had its visits of the term."""

    kind: Literal["follow_up", "spot_check", "special"]
    school: Id
    team: Id
    day: Day
    checklist: Id
    topic: Line | None = None
    follows: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    draw: Id | None = None
    reason: Text | None = None


class CommitDraw(Command):
    """What is published before a draw; `commitment` is SHA-256 of `dudao-draw-1/<seed>`."""

    title: Line
    pool: Annotated[tuple[Id, ...], Field(min_length=1, max_length=5000)]
    number: Annotated[int, Field(ge=1, le=5000)]
    commitment: Digest
    public_source: Line


class MakeDraw(Command):
    """The seed that was committed to, and the public value."""

    seed: Seed
    public_value: Line
