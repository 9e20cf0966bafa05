"""交办 and 签收: an issuing body gives the issue to the school, the school takes it."""

from dataclasses import dataclass, replace
from typing import Final

from services.inspection.domain import actor as roles
from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import (
    BEFORE_ASSIGNMENT,
    ENDED,
    Clock,
    Issue,
    Mode,
    Severity,
    Source,
    Step,
    expect,
    step,
)
from services.inspection.domain.issue_deadlines import plan_by, set_day, suggested
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_decisions import BadMerge, BadRecurrence
from services.inspection.domain.wording import required

_NUMBER_LENGTH: Final = 60
_WHO: Final = {
    "critical": ("市教育局机关党委", "a bureau officer"),
    "major": ("县区教育局（市直学校为市教育局）或市教育局", "a county officer (city-direct: the bureau) or the bureau"),
    "minor": ("督导组组长（立行立改）、县区或市教育局", "the team leader (immediate ones), the county or the bureau"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """交办: `number` is the issue's number, new and given by the caller; `deadline` none takes what is suggested.

    For standing issues 长期坚持 the deadline is the first check date; `recurs_of` is the closed issue that came back.
    """

    number: str
    severity: Severity
    mode: Mode
    deadline: str | None = None
    recurs_of: Issue | None = None


def assigners(
    severity: Severity | None, mode: Mode | None, team: str | None, authority: Authority
) -> tuple[Actor | None, ...]:
    """Who may assign: minor immediate the team leader; else the county (市直: bureau), critical only the bureau."""
    on_the_spot = severity == "minor" and mode == "immediate"
    leader = authority.team_leader(team) if on_the_spot else None
    county = None if severity == "critical" else authority.county_officer()
    return (leader, county, authority.bureau_officer())


def assign(issue: Issue, authority: Authority, moment: Moment, order: Order) -> Step:
    """交办: submitted → assigned; the school's clock starts. The issuing body is the one in whose name it is done."""
    expect(issue, authority, "assign", "submitted")
    who = assigners(order.severity, order.mode, issue.team, authority)
    actor = authority.above("assign", _WHO[order.severity], *who)
    suggestion = suggested(order.severity, order.mode, moment)
    due = suggestion if order.deadline is None else set_day(order.deadline, moment)
    standing = order.mode == "standing"
    if order.recurs_of is not None:
        require_recurrence(issue.school, issue.source, order.recurs_of)
    assigned = replace(
        issue,
        state="assigned",
        number=required(order.number, _NUMBER_LENGTH, "编号", "number"),
        severity=order.severity,
        mode=order.mode,
        issuer=authority.place.county if actor.role == roles.TEAM_LEADER else actor.organisation,
        assigned_by=actor,
        assigned_at=moment.text,
        deadline=None if standing else due,
        next_check=due if standing else None,
        recurs_of=order.recurs_of.id if order.recurs_of else issue.recurs_of,
        acknowledge_by=moment.due(moment.terms.acknowledge_days, "acknowledge"),
        clock=Clock(owner="school", since=moment.text, due=due, reason="assigned"),
    )
    return step(assigned, "issue.assigned", actor)


def merge(issue: Issue, authority: Authority, moment: Moment, into: Issue) -> Step:
    """合并 at 交办: a double, submitted → merged, into an issue that is assigned (`into`, as it is after this act)."""
    expect(issue, authority, "merge", "submitted")
    who = assigners(issue.severity, issue.mode, issue.team, authority)
    actor = authority.above("merge", _WHO[issue.severity or "major"], *who)
    same = into.school == issue.school and into.id != issue.id and into.assignment is None
    if not same or into.state in ENDED | BEFORE_ASSIGNMENT or of_tour(into.source) != of_tour(issue.source):
        raise BadMerge
    clock = Clock(owner="none", since=moment.text, due=None, reason="merged")
    return step(replace(issue, state="merged", merged_into=into.id, clock=clock), "issue.merged", actor)


def require_recurrence(school: str, source: Source, earlier: Issue) -> None:
    """Raises `BadRecurrence` unless the earlier issue is a closed one of this school."""
    closed_here = earlier.school == school and earlier.state == "closed" and earlier.assignment is None
    if not closed_here or of_tour(earlier.source) != of_tour(source):
        raise BadRecurrence


def of_tour(source: Source) -> bool:
    """Whether those who have no part in it must not know of it: neither its id nor its weight may show elsewhere."""
    return source == "inspection_tour"


def acknowledge(issue: Issue, authority: Authority, moment: Moment) -> Step:
    """签收 by secretary or deputy: assigned → acknowledged; the plan falls due. Late is better than never."""
    expect(issue, authority, "acknowledge", "assigned")
    who = ("书记或副书记", "the secretary or the deputy")
    actor = authority.within("acknowledge", who, authority.secretary(), authority.deputy())
    acknowledged = replace(
        issue,
        state="acknowledged",
        acknowledged_by=actor,
        acknowledged_at=moment.text,
        plan_by=plan_by(issue, moment),
    )
    return step(acknowledged, "issue.acknowledged", actor)
