"""When and by whom a school is visited: rescheduled, handed over, arranged outside rounds."""

from dataclasses import dataclass, replace
from datetime import date

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.checklist import Checklist, require_published
from services.inspection.domain.draw import Draw
from services.inspection.domain.moment import Moment
from services.inspection.domain.round import PlannedVisit
from services.inspection.domain.rules import OwnSchool, VisitOver
from services.inspection.domain.rules_input import NotADay
from services.inspection.domain.rules_planning import DayGone, NotAWorkingDay, NotDrawn, TopicMissing, VisitBegun
from services.inspection.domain.visit import Kind, Visit, VisitStep, visit_step
from services.inspection.domain.wording import bounded, required

_BUREAU = ("市教育局机关党委", "a bureau officer")
_TOPIC_LENGTH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    """Why there is a visit outside rounds: exactly one of these, the one its kind asks for."""

    kind: Kind
    topic: str | None = None
    follows: tuple[str, ...] = ()
    draw: Draw | None = None


def reschedule(visit: Visit, authority: Authority, moment: Moment, day: str, reason: str) -> VisitStep:
    """Another working day to come, by a bureau officer; what has begun may still be put off, what is over may not."""
    if not visit.open:
        raise VisitOver
    actor = authority.above("reschedule_visit", _BUREAU, authority.bureau_officer())
    why = required(reason, moment.terms.note_length, "理由", "reason")
    return visit_step(replace(visit, day=_coming(day, moment)), "rescheduled", actor, why)


def hand_over(
    visit: Visit, authority: Authority, moment: Moment, new: tuple[str, frozenset[str]], reason: str
) -> VisitStep:
    """To another team, by a bureau officer, before anything is answered. `new` is the team and its members' schools;
    none of them may be of the visited school's branch."""
    if not visit.open:
        raise VisitOver
    actor = authority.above("hand_over_visit", _BUREAU, authority.bureau_officer())
    if visit.state != "planned":
        raise VisitBegun(visit=visit.id)
    team, homes = new
    if homes & authority.place.family:
        raise OwnSchool
    why = required(reason, moment.terms.note_length, "理由", "reason")
    return visit_step(replace(visit, team=team), "handed_over", actor, why)


def moved_by_plan(visit: Visit, row: PlannedVisit, moment: Moment, by: tuple[Actor, str]) -> VisitStep:
    """As the round's changed plan has it; what has begun stays."""
    if visit.state != "planned":
        raise VisitBegun(visit=visit.id)
    actor, reason = by
    day = visit.day if row.day == visit.day else _coming(row.day, moment)
    verb = "handed_over" if row.team != visit.team else "rescheduled"
    return visit_step(replace(visit, team=row.team, day=day), verb, actor, reason)


def arrange(
    row: PlannedVisit, authority: Authority, moment: Moment, what: tuple[Purpose, Checklist], homes: frozenset[str]
) -> VisitStep:
    """A visit outside rounds; `homes` are the schools of the team's members."""
    purpose, checklist = what
    actor = authority.above("arrange_visit", _BUREAU, authority.bureau_officer())
    require_published(checklist)
    topic = bounded(purpose.topic, _TOPIC_LENGTH, "主题", "topic")
    _fits(row, purpose, topic)
    if homes & authority.place.family:
        raise OwnSchool
    visit = Visit(
        id=row.visit,
        school=row.school,
        round=f"{moment.day.year}-0",
        team=row.team,
        kind=purpose.kind,
        checklist=checklist.id,
        day=_coming(row.day, moment),
        state="planned",
        answers=(),
        highlights=(),
        facts=None,
        feedback=None,
        score=None,
        issues=(),
        submitted_by=None,
        submitted_at=None,
        topic=topic,
        follows=purpose.follows,
        draw=purpose.draw.id if purpose.draw else None,
    )
    return visit_step(visit, "planned", actor)


def _fits(row: PlannedVisit, purpose: Purpose, topic: str | None) -> None:
    given = {"special": topic is not None, "follow_up": bool(purpose.follows), "spot_check": purpose.draw is not None}
    if {kind for kind, one in given.items() if one} != {purpose.kind}:
        raise TopicMissing
    if purpose.draw is not None and row.school not in purpose.draw.drawn:
        raise NotDrawn(school=row.school)


def _coming(text: str, moment: Moment) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotADay(text=text[:20]) from None
    if day < moment.day:
        raise DayGone(day=day.isoformat())
    if not moment.calendars.is_working_day(day):
        raise NotAWorkingDay(day=day.isoformat())
    return day.isoformat()
