"""Submitting a visit: everything answered, feedback given, the school's facts kept, the score taken."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from services.inspection.domain import actor as roles
from services.inspection.domain.authority import Authority, Place
from services.inspection.domain.checklist import Checklist, Item
from services.inspection.domain.issue import Area, Mode, Severity
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_visit import FeedbackFromSchool, ItemsUnanswered, RemarkMissing
from services.inspection.domain.visit import Answer, Feedback, Sent, Visit, VisitStep, on_the_visit, visit_step
from services.inspection.domain.visit_answering import SYSTEM, Given, Sheet, fits, merged, numbered, read, sent_by_now
from services.inspection.domain.wording import bounded


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """现场反馈 and what goes with it: the drafted `issues` of the visit, and the system's own answers.

    `receivers` are who may give the feedback at the school (see `receivers_of`).
    """

    person: str
    outcome: Literal["countersigned", "remarked", "refused"]
    remark: str | None
    receivers: frozenset[str]
    issues: tuple[str, ...] = ()
    system: tuple[Given, ...] = ()
    sent: Sent | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A finding that a failed item proposes."""

    item: str
    area: Area
    severity: Severity | None
    mode: Mode | None
    note: str | None
    evidence: tuple[str, ...]


def receivers_of(place: Place, organised: str, grants: Iterable[tuple[str, str, str]]) -> frozenset[str]:
    """Who countersigns at a school: secretary and deputy; at a covered school its contact too.

    `grants` are (person, role, organisation) in force.
    """
    at_branch = (roles.SECRETARY, roles.DEPUTY_SECRETARY)
    return frozenset(
        person
        for person, role, at in grants
        if (role in at_branch and at == place.branch)
        or (role == roles.CONTACT and at == place.school and organised != "own")
    )


def submit_visit(visit: Visit, authority: Authority, moment: Moment, submission: Submission, sheet: Sheet) -> VisitStep:
    """By the team leader: in progress → submitted. Its issues are submitted in the same act, each with this visit."""
    on_the_visit(visit, "submit_visit", authority)
    leader = ("督导组组长", "the team leader")
    actor = authority.above("submit_visit", leader, authority.team_leader(visit.team))
    fits(visit, sheet)
    system = numbered(visit, read(submission.system, authority, moment, sheet, SYSTEM))
    answered = replace(visit, answers=merged(visit, system, sheet))
    missing = unanswered(answered, sheet)
    if missing:
        raise ItemsUnanswered(items="、".join(missing))
    feedback = _feedback(submission, moment)
    submitted = replace(
        answered,
        state="submitted",
        facts=sheet.facts,
        feedback=feedback,
        score=score(answered, sheet),
        issues=tuple(dict.fromkeys(submission.issues)),
        submitted_by=actor,
        submitted_at=moment.text,
        sent=sent_by_now(submission.sent, moment),
    )
    return visit_step(submitted, "submitted", actor, feedback.remark)


def unanswered(visit: Visit, sheet: Sheet) -> tuple[str, ...]:
    """Codes of applicable items still to be answered by a person; those that only record highlights or findings are
    optional."""
    given = {answer.item for answer in visit.answers}
    asked = (item for item in sheet.asked() if item.by == "person" and item.records == "answer")
    return tuple(item.code for item in asked if item.code not in given)


def score(visit: Visit, sheet: Sheet) -> int | None:
    """Points over the weights of the items that count × 100, in hundredths, halves up; none when nothing counts.

    An item counts when it applies and has a value; 不适用 does not, and 共用 is judged at the school that has it.
    """
    points = Fraction(0)
    weights = 0
    for item in sheet.asked():
        answer = visit.answer(item.code)
        if item.scored and answer is not None and answer.value is not None:
            points += item.weight * _share(item, answer)
            weights += item.weight
    return int(points * 10_000 / weights + Fraction(1, 2)) if weights else None


def failed(item: Item, answer: Answer) -> bool:
    """Whether the answer fails the item: a no, or fewer points than its pass mark."""
    if item.type == "yes_no":
        return answer.value is False
    if item.type == "score" and isinstance(answer.value, int):
        return answer.value < (item.pass_mark or 0)
    return False


def proposals(visit: Visit, checklist: Checklist) -> tuple[Proposal, ...]:
    """The findings that the visit's failed items propose, in the order of the checklist."""
    pairs = ((item, visit.answer(item.code)) for item in checklist.items)
    return tuple(
        Proposal(
            item=item.code,
            area=item.area,
            severity=item.severity,
            mode=item.mode,
            note=answer.note,
            evidence=answer.evidence,
        )
        for item, answer in pairs
        if answer is not None and failed(item, answer)
    )


def _share(item: Item, answer: Answer) -> Fraction:
    return Fraction(int(answer.value or 0), item.max or 1) if item.type == "score" else Fraction(answer.value is True)


def _feedback(submission: Submission, moment: Moment) -> Feedback:
    if submission.person not in submission.receivers:
        raise FeedbackFromSchool
    remark = bounded(submission.remark, moment.terms.note_length, "意见", "remark")
    if remark is None and submission.outcome != "countersigned":
        raise RemarkMissing
    return Feedback(person=submission.person, outcome=submission.outcome, remark=remark, at=moment.text)
