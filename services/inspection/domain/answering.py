"""Who answers for an issue now: exactly one from the plan on, whoever comes, goes, is away, or is helped."""

from dataclasses import dataclass
from typing import Literal

from services.inspection.domain.issue import ENDED, Issue
from services.inspection.domain.seat import Seat


@dataclass(frozen=True, kw_only=True, slots=True)
class Here:
    """Who is there today: `staff` those named in the issue who belong to the school or its branch, `seat` who acts as
    its secretary, `officers` those of the body that leads.
    """

    staff: frozenset[str]
    seat: Seat
    officers: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Answerable:
    """One person, and why: the lead in force; or, where that one is gone, whoever acts for the school or the body."""

    person: str
    why: Literal["lead", "secretary", "deputy", "body"]
    in_place_of: str | None = None


def answerable(issue: Issue, here: Here) -> Answerable | None:
    """Who answers; none before the plan and at the end.

    A lead who left answers no more: until the plan names a new one, the acting secretary does, and where a higher body
    leads, the first of its officers by id.
    """
    if issue.state in ENDED or issue.lead is None:
        return None
    there = here.staff if issue.helper is None else here.officers
    if issue.lead.person in there:
        return Answerable(person=issue.lead.person, why="lead")
    acting = here.seat.acting if issue.helper is None else here.officers
    if not acting:
        return None
    if issue.helper is not None:
        return Answerable(person=min(acting), why="body")
    why: Literal["deputy", "secretary"] = "deputy" if here.seat.by_deputy else "secretary"
    return Answerable(person=min(acting), why=why, in_place_of=here.seat.in_place_of)
