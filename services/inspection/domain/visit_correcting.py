"""Corrections after submission: new versions of answers; the old ones and the old score are kept."""

from collections.abc import Iterable
from dataclasses import replace

from services.inspection.domain.authority import Authority
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import VisitOver
from services.inspection.domain.rules_checklist import NothingCorrected, NotSubmittedYet
from services.inspection.domain.visit import Answer, Correction, Visit, VisitStep, visit_step
from services.inspection.domain.visit_answering import Given, Sheet, fits, merged, numbered, read
from services.inspection.domain.visit_submitting import score
from services.inspection.domain.wording import required

_WHO = ("督导组组长、市教育局机关党委", "the team leader or a bureau officer")


def correct(
    visit: Visit, authority: Authority, moment: Moment, given: Iterable[Given], told: tuple[str, Sheet]
) -> VisitStep:
    """By the team leader or a bureau officer, with a reason. `told` is the reason, and the sheet with the school as it
    stood at submission. Findings are corrected in their own life, not here."""
    reason, sheet = told
    if visit.state == "cancelled":
        raise VisitOver
    if visit.state != "submitted":
        raise NotSubmittedYet
    actor = authority.above("correct_visit", _WHO, authority.team_leader(visit.team), authority.bureau_officer())
    fits(visit, sheet)
    why = required(reason, moment.terms.note_length, "理由", "reason")
    new = numbered(visit, read(tuple(given), authority, moment, sheet, authority.person))
    old = tuple(answer for answer in visit.answers if answer.item in new)
    if all(_same(answer, new[answer.item]) for answer in old) and len(old) == len(new):
        raise NothingCorrected
    row = Correction(at=moment.text, by=actor, reason=why, answers=old, score=visit.score, items=tuple(sorted(new)))
    after = replace(visit, answers=merged(visit, new, sheet), corrections=(*visit.corrections, row))
    return visit_step(replace(after, score=score(after, sheet)), "corrected", actor, why)


def _same(old: Answer, new: Answer) -> bool:
    return replace(old, by=new.by, at=new.at, version=new.version, sent=new.sent) == new
