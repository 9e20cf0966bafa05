"""A visit of a team to a school: answers to a checklist, highlights 亮点, feedback on site 现场反馈."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.facts import SchoolFacts
from services.inspection.domain.moment import Moment
from services.inspection.domain.round import PlannedVisit, Round
from services.inspection.domain.rules import VisitOver
from services.inspection.domain.wording import required

Kind = Literal["regular", "follow_up", "spot_check", "special"]
TEAM: Final = ("督导组成员", "a member of the visiting team")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """The client's own id and time of what was saved while offline; the server's time stands beside it."""

    id: str
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer to one item: exactly one of `value`, not applicable 不适用, shared 共用 with a school.

    `version` counts the answers given to this item in this visit.
    """

    item: str
    value: bool | int | str | None
    not_applicable: bool = False
    shared_with: str | None = None
    note: str | None = None
    evidence: tuple[str, ...] = ()
    by: str
    at: str
    version: int = 1
    sent: Sent | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """Answers corrected after submission: the old ones, the old score, who corrected them and why."""

    at: str
    by: Actor
    reason: str
    answers: tuple[Answer, ...]
    score: int | None
    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """Who at the school countersigned, remarked on or refused the findings."""

    person: str
    outcome: Literal["countersigned", "remarked", "refused"]
    remark: str | None
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Highlight:
    """A good practice recorded during a visit."""

    id: str
    text: str
    by: str
    at: str
    sent: Sent | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One visit; `score` is points over applicable weights × 100, in hundredths (0…10000)."""

    id: str
    school: str
    round: str
    team: str
    kind: Kind
    checklist: str
    day: str
    state: Literal["planned", "in_progress", "submitted", "cancelled"]
    answers: tuple[Answer, ...]
    highlights: tuple[Highlight, ...]
    facts: SchoolFacts | None
    feedback: Feedback | None
    score: int | None
    issues: tuple[str, ...]
    submitted_by: Actor | None
    submitted_at: str | None
    topic: str | None = None
    follows: tuple[str, ...] = ()
    draw: str | None = None
    sent: Sent | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def open(self) -> bool:
        """Neither submitted nor cancelled."""
        return self.state in ("planned", "in_progress")

    def answer(self, item: str) -> Answer | None:
        """The answer to the item of that code."""
        return next((answer for answer in self.answers if answer.item == item), None)


@dataclass(frozen=True, slots=True)
class VisitStep:
    """What a command gives: the visit after it, its events (type, none), in which capacity, and the reason given."""

    visit: Visit
    events: tuple[tuple[str, None], ...]
    actor: Actor
    note: str | None = None


def visit_step(visit: Visit, verb: str, actor: Actor, note: str | None = None) -> VisitStep:
    """A step of one event `inspection.visit.<verb>.v1`."""
    return VisitStep(visit, ((f"inspection.visit.{verb}.v1", None),), actor, note)


def plan_visit(row: PlannedVisit, of_round: Round, actor: Actor) -> VisitStep:
    """A regular visit as the round's plan has it; it keeps the round's checklist version."""
    visit = Visit(
        id=row.visit,
        school=row.school,
        round=of_round.id,
        team=row.team,
        kind="regular",
        checklist=of_round.checklist,
        day=row.day,
        state="planned",
        answers=(),
        highlights=(),
        facts=None,
        feedback=None,
        score=None,
        issues=(),
        submitted_by=None,
        submitted_at=None,
    )
    return visit_step(visit, "planned", actor)


def record_highlight(
    visit: Visit, authority: Authority, moment: Moment, id: str, text: str, sent: Sent | None = None,
    evidence: tuple[str, ...] = (),
) -> VisitStep:  # fmt: skip
    """亮点 by a member or the leader of the visiting team; `id` is new, `evidence` its material."""
    actor = on_the_visit(visit, "highlight", authority)
    noted = Highlight(
        id=id,
        text=required(text, moment.terms.description_length, "亮点", "highlight"),
        by=authority.person,
        at=moment.text,
        sent=sent,
        evidence=tuple(dict.fromkeys(evidence)),
    )
    after = replace(visit, state="in_progress", highlights=(*visit.highlights, noted))
    return visit_step(after, "answered", actor)


def cancel(visit: Visit, authority: Authority, moment: Moment, reason: str) -> VisitStep:
    """Cancelled by a bureau officer, with a reason; a submitted visit stays."""
    if not visit.open:
        raise VisitOver
    actor = authority.above("cancel_visit", ("市教育局机关党委", "a bureau officer"), authority.bureau_officer())
    why = required(reason, moment.terms.note_length, "理由", "reason")
    return visit_step(replace(visit, state="cancelled"), "cancelled", actor, why)


def on_the_visit(visit: Visit, command: str, authority: Authority) -> Actor:
    """The capacity of a member or the leader of the visiting team, while the visit is open."""
    if visit.school != authority.place.school:
        raise ValueError(f"authority over {authority.place.school} used for a visit to {visit.school}")
    if not visit.open:
        raise VisitOver
    return authority.above(command, TEAM, authority.team_leader(visit.team), authority.team_member(visit.team))
