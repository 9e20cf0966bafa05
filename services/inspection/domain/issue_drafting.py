"""Before 交办: draft 登记, amend 修改, submit 提交; and withdraw 撤销 at any time."""

from dataclasses import dataclass, replace
from typing import Final

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.checklist import Item
from services.inspection.domain.issue import (
    BEFORE_ASSIGNMENT,
    OPEN,
    Area,
    Clock,
    Issue,
    Mode,
    Severity,
    Source,
    Step,
    expect,
    step,
)
from services.inspection.domain.issue_assigning import assigners, require_recurrence
from services.inspection.domain.issue_bodies import ISSUING, issuing
from services.inspection.domain.issue_correcting import pieces, revised
from services.inspection.domain.issue_stops import stop_ended
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import FeedbackMissing, OtherVisit, VisitOver
from services.inspection.domain.rules_input import AreaMismatch, ItemOrArea
from services.inspection.domain.visit import Visit
from services.inspection.domain.wording import required

_TEAM: Final = ("督导组成员", "a member of the visiting team")
_SCHOOL: Final = ("本校书记或党务干部", "the school's secretary or cadre")
_OFFICERS: Final = ("县区教育局或市教育局人员", "an officer of the county or the bureau")
_DRAFTER: Final = ("登记人或其组长", "who drafted it, or their team leader")
_ASSIGNER: Final = ("有权交办的人员", "who may assign it")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What is to be drafted. `item` is of the checklist version `checklist`; severity and mode default to the item's.

    `visit` is the visit during which it was found, none outside visits; `recurs_of` the closed issue that came back.
    """

    id: str
    source: Source
    description: str
    evidence: tuple[str, ...] = ()
    area: Area | None = None
    item: Item | None = None
    checklist: str | None = None
    visit: Visit | None = None
    severity: Severity | None = None
    mode: Mode | None = None
    recurs_of: Issue | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Amendment:
    """What is to be changed in a finding; none leaves as is."""

    description: str | None = None
    evidence: tuple[str, ...] | None = None
    severity: Severity | None = None
    mode: Mode | None = None


def draft(finding: Finding, authority: Authority, moment: Moment) -> Step:
    """登记: a new issue at the authority's place."""
    actor = _drafter(finding, authority)
    if finding.visit is not None:
        _fits_visit(finding, finding.visit, authority)
    item, visit, terms = finding.item, finding.visit, moment.terms
    if finding.recurs_of is not None:
        require_recurrence(authority.place.school, finding.source, finding.recurs_of)
    issue = Issue(
        id=finding.id, number=None, school=authority.place.school, state="drafted", source=finding.source,
        area=_area(finding), item=item.code if item else None, checklist=finding.checklist if item else None,
        visit=visit.id if visit else None, round=visit.round if visit else None, team=visit.team if visit else None,
        description=required(finding.description, terms.description_length, "问题描述", "description"),
        evidence=pieces(finding.evidence, terms, asked=item is not None and item.evidence),
        severity=finding.severity or (item.severity if item else None),
        mode=finding.mode or (item.mode if item else None),
        issuer=None, drafted_by=actor, drafted_at=moment.text, submitted_at=None,
        assigned_by=None, assigned_at=None, deadline=None,
        acknowledge_by=None, acknowledged_by=None, acknowledged_at=None,
        plan_by=None, planned_by=None, planned_at=None, tasks=(), responsibilities=(), reports=(), checks=(),
        next_check=None, stages_passed=0, closings=(), withdrawn_reason=None,
        clock=Clock(owner="none", since=moment.text, due=None, reason="drafted"),
        recurs_of=finding.recurs_of.id if finding.recurs_of else None,
    )  # fmt: skip
    return step(issue, "issue.drafted", actor)


def amend(issue: Issue, authority: Authority, moment: Moment, change: Amendment, item: Item | None = None) -> Step:
    """修改 before 交办: the drafter or team leader; once submitted, whoever may assign. `item` is the issue's."""
    expect(issue, authority, "amend", "drafted", "submitted")
    if issue.state == "drafted":
        own = (authority.still(issue.drafted_by), authority.team_leader(issue.team), _own_body(issue, authority))
        actor = (authority.within if issue.source == "self" else authority.above)("amend", _DRAFTER, *own)
    else:
        actor = authority.above("amend", _ASSIGNER, *assigners(issue.severity, issue.mode, issue.team, authority))
    description = issue.description if change.description is None else change.description
    evidence = issue.evidence if change.evidence is None else change.evidence
    amended = replace(
        revised(issue, actor, moment, "amended"),
        description=required(description, moment.terms.description_length, "问题描述", "description"),
        evidence=pieces(evidence, moment.terms, asked=item is not None and item.evidence),
        severity=change.severity or issue.severity,
        mode=change.mode or issue.mode,
    )
    return step(amended, "issue.amended", actor)


def submit(issue: Issue, authority: Authority, moment: Moment, visit: Visit | None = None) -> Step:
    """提交: with `visit`, once that was submitted by the team leader; outside visits by the drafter's own body."""
    expect(issue, authority, "submit", "drafted")
    if issue.visit is None:
        actor = authority.within("submit", ("登记单位人员", "the drafter's own body"), _own_body(issue, authority))
    else:
        actor = authority.above("submit", ("督导组组长", "the team leader"), authority.team_leader(issue.team))
        if visit is None or visit.id != issue.visit or visit.state != "submitted" or visit.feedback is None:
            raise FeedbackMissing
    clock = Clock(owner="issuer", since=moment.text, due=None, reason="submitted")
    return step(replace(issue, state="submitted", submitted_at=moment.text, clock=clock), "issue.submitted", actor)


def withdraw(issue: Issue, authority: Authority, moment: Moment, reason: str) -> Step:
    """撤销: before 交办 the drafter, at it whoever may assign, after it the issuing body. Needs a reason."""
    expect(issue, authority, "withdraw", *OPEN)
    if issue.state in BEFORE_ASSIGNMENT:
        drafter = authority.still(issue.drafted_by)
        others = assigners(issue.severity, issue.mode, issue.team, authority) if issue.state == "submitted" else ()
        actor = drafter or authority.above("withdraw", _DRAFTER, *others)
    else:
        actor = authority.above("withdraw", ISSUING, issuing(issue, authority))
    why = required(reason, moment.terms.note_length, "理由", "reason")
    clock = Clock(owner="none", since=moment.text, due=None, reason="withdrawn")
    withdrawn = replace(stop_ended(issue, moment), state="withdrawn", withdrawn_reason=why, clock=clock)
    return step(withdrawn, "issue.withdrawn", actor, why)


def _drafter(finding: Finding, authority: Authority) -> Actor:
    if finding.visit is not None and finding.source == "supervision":
        team = finding.visit.team
        return authority.above("draft", _TEAM, authority.team_member(team), authority.team_leader(team))
    if finding.source == "self":
        return authority.within(
            "draft", _SCHOOL, authority.secretary(), authority.deputy(), authority.cadre()
        )  # fmt: skip
    liaison = authority.liaison_leader() if finding.source == "liaison" else None
    return authority.above("draft", _OFFICERS, liaison, authority.county_officer(), authority.bureau_officer())


def _fits_visit(finding: Finding, visit: Visit, authority: Authority) -> None:
    same_list = finding.item is None or finding.checklist == visit.checklist
    if finding.source != "supervision" or visit.school != authority.place.school or not same_list:
        raise OtherVisit
    if not visit.open:
        raise VisitOver


def _area(finding: Finding) -> Area:
    if finding.item is None:
        if finding.area is None:
            raise ItemOrArea
        return finding.area
    if finding.area not in (None, finding.item.area):
        raise AreaMismatch
    return finding.item.area


def _own_body(issue: Issue, authority: Authority) -> Actor | None:
    """The body of the drafter, outside visits: for `self` the secretary, else the same role at the same place."""
    if issue.source == "self":
        return authority.secretary()
    if issue.visit is not None:
        return None
    return authority.holding(issue.drafted_by.role, issue.drafted_by.organisation)
