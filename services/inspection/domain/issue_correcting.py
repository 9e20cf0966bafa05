"""What was written down wrongly: amended before 交办, corrected after it by the issuing body; both stay visible."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.checklist import Item
from services.inspection.domain.issue import BEFORE_ASSIGNMENT, OPEN, Area, Issue, Revision, Step, expect, step
from services.inspection.domain.issue_bodies import ISSUING, issuing
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_decisions import NothingCorrected, TooManyRevisions
from services.inspection.domain.rules_input import AreaMismatch, EvidenceMissing, TooMuchEvidence
from services.inspection.domain.terms import Terms
from services.inspection.domain.wording import required

_ASSIGNED: Final = tuple(state for state in OPEN if state not in BEFORE_ASSIGNMENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """What a finding should have said; none leaves as is. Severity, mode and deadline are the order's, not the
    finding's."""

    reason: str
    description: str | None = None
    area: Area | None = None
    evidence: tuple[str, ...] | None = None


def correct(issue: Issue, authority: Authority, moment: Moment, change: Correction, item: Item | None = None) -> Step:
    """更正 of a mistaken finding after 交办, by the issuing body, with a reason. `item` is the issue's."""
    expect(issue, authority, "correct", *_ASSIGNED)
    actor = authority.above("correct", ISSUING, issuing(issue, authority))
    why = required(change.reason, moment.terms.note_length, "理由", "reason")
    if item is not None and change.area not in (None, item.area):
        raise AreaMismatch
    description = issue.description if change.description is None else change.description
    evidence = issue.evidence if change.evidence is None else change.evidence
    corrected = replace(
        revised(issue, actor, moment, "corrected", why),
        description=required(description, moment.terms.description_length, "问题描述", "description"),
        area=change.area or issue.area,
        evidence=pieces(evidence, moment.terms, asked=item is not None and item.evidence),
    )
    if replace(corrected, revisions=issue.revisions) == issue:
        raise NothingCorrected
    return step(corrected, "issue.corrected", actor, why)


def revised(
    issue: Issue, actor: Actor, moment: Moment, kind: Literal["amended", "corrected"], reason: str | None = None
) -> Issue:
    """The issue with what its finding says now kept beside what it will say."""
    limit = moment.terms.revisions
    if len(issue.revisions) >= limit:
        raise TooManyRevisions(limit=limit)
    kept = Revision(
        at=moment.text,
        by=actor,
        kind=kind,
        reason=reason,
        description=issue.description,
        area=issue.area,
        evidence=issue.evidence,
        severity=issue.severity,
        mode=issue.mode,
    )
    return replace(issue, revisions=(*issue.revisions, kept))


def pieces(evidence: tuple[str, ...], terms: Terms, asked: bool) -> tuple[str, ...]:
    """Evidence of a finding, each piece once; raises when there is too much, or none where the item asks for it."""
    distinct = tuple(dict.fromkeys(evidence))
    if len(distinct) > terms.evidence_pieces:
        raise TooMuchEvidence(limit=terms.evidence_pieces)
    if asked and not distinct:
        raise EvidenceMissing
    return distinct
