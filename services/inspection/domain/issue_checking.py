"""核查: the first 初核 and the final check 复核 of a report, and the reopening 撤销销号 of a false closure."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from services.inspection.domain.actor import TEAM_LEADER, Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Check, Clock, Closing, Issue, Step, expect, step
from services.inspection.domain.issue_bodies import checks_assignment, side
from services.inspection.domain.issue_deadlines import set_day, suggested, under
from services.inspection.domain.issue_opinion import opinion_since
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import CheckedItBefore, JudgesOwnWork, TwoOfficers
from services.inspection.domain.rules_input import DeadlineMissing, DeadlineNeedless
from services.inspection.domain.wording import bounded, required
from services.inspection.domain.workdays import Deadline

_COUNTY: Final = ("县区教育局或市教育局", "the county or the bureau")
_ABOVE: Final = ("销号单位的上级（市教育局销号的，由未参与核查的人员）", "the body above the one that closed it")
_WHO: Final = {
    "minor": ("督导组组长、县区教育局或市教育局", "the team leader, the county or the bureau"),
    "major": _COUNTY,
    "critical": ("县区教育局（市直学校为市教育局）", "the county (city-direct: the bureau)"),
    "final": ("市教育局机关党委", "a bureau officer"),
    "assignment": (
        "交办单位（组织部交办的，由市教育局）",
        "the body that gave the task (the department: the bureau)",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a check found. A refusal needs `reason` and `deadline`; a passed stage 长期坚持 may set the next date."""

    passed: bool
    method: Literal["on_site", "evidence"]
    reason: str | None = None
    opinion: str | None = None
    deadline: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reopening:
    """撤销销号 of a false closure: why, and the new deadline (standing: check date)."""

    reason: str
    deadline: str | None


def check(issue: Issue, authority: Authority, moment: Moment, verdict: Verdict) -> Step:
    """初核 or 复核: reported → closed; critical: reported → checked → closed; refused → returned."""
    expect(issue, authority, "check", "reported", "checked")
    actor = _checker(issue, authority)
    limit = moment.terms.note_length
    made = Check(
        at=moment.text,
        by=actor,
        step="final" if issue.state == "checked" else "first",
        passed=verdict.passed,
        method=verdict.method,
        reason=bounded(verdict.reason, limit, "理由", "reason"),
        opinion=bounded(verdict.opinion, limit, "督导组意见", "opinion") or opinion_since(issue, _work_began(issue)),
        deadline=None,
    )
    if not verdict.passed:
        return _return(issue, moment, made, verdict)
    if issue.severity == "critical" and issue.state == "reported":
        return _pass_on(issue, moment, made, verdict)
    if issue.mode == "standing" and issue.stages_passed + 1 < moment.terms.standing_stages:
        return _pass_stage(issue, moment, made, verdict)
    return _close(issue, moment, made, verdict)


def _work_began(issue: Issue) -> str:
    """When the work that is checked now began: opinions from before the last refusal are about other work."""
    return next((made.at for made in reversed(issue.checks) if not made.passed), "")


def reopen(issue: Issue, authority: Authority, moment: Moment, wanted: Reopening) -> Step:
    """撤销销号: closed → rectifying, by the body above the one that closed; closed by the bureau: another officer."""
    expect(issue, authority, "reopen", "closed")
    closing = issue.closings[-1]
    actor = _reopener(issue, closing.by, authority)
    why = required(wanted.reason, moment.terms.note_length, "理由", "reason")
    due = _new_deadline(wanted.deadline, moment)
    false = replace(closing, false_closure=True, reopened_at=moment.text, reopened_by=actor, reopened_reason=why)
    reopened = replace(
        under(issue, due),
        state="rectifying",
        stages_passed=0,
        closings=(*issue.closings[:-1], false),
        clock=Clock(owner=side(issue), since=moment.text, due=due, reason="reopened"),
    )
    return step(reopened, "issue.reopened", actor, why)


def worked_days(issue: Issue, moment: Moment) -> int:
    """整改用时 in working days: from 交办 to the last report, less the time in which the clock stood still.

    The first run of the school's clock starts at 交办, each later one with the check that decided the report before it,
    or with the reopening of what that check closed; a run ends with its report. Within a run the clock stands still
    while an objection or a request for help is decided.
    """
    critical = issue.severity == "critical"
    decisive = [made for made in issue.checks if not (critical and made.passed and made.step == "first")]
    reopened = {closing.at: closing.reopened_at for closing in issue.closings if closing.reopened_at}
    starts = [issue.assigned_at or "", *(reopened.get(made.at, made.at) for made in decisive)]
    runs = zip(starts, issue.reports, strict=False)
    stopped = sum(moment.worked(stop.since, stop.until) for stop in issue.stops if stop.until)
    return sum(moment.worked(start, report.at) for start, report in runs) - stopped


def _checker(issue: Issue, authority: Authority) -> Actor:
    final = issue.state == "checked"
    if issue.assignment is not None:
        actor = authority.within("check", _WHO["assignment"], checks_assignment(issue, authority))
    else:
        actor = _by_severity(issue, authority, final)
    if authority.belongs or authority.person in issue.took_part:
        raise JudgesOwnWork
    if final and issue.checks[-1].by.person == authority.person:
        raise TwoOfficers
    return actor


def _by_severity(issue: Issue, authority: Authority, final: bool) -> Actor:
    severity = issue.severity or "major"
    # What a higher body rectified itself, nobody below it checks.
    by_bureau = issue.helper == authority.place.city
    leader = authority.team_leader(issue.team) if severity == "minor" and issue.helper is None else None
    county = None if final or by_bureau else authority.county_officer()
    first_by_bureau = authority.place.city_direct or severity != "critical" or by_bureau
    bureau = authority.bureau_officer() if final or first_by_bureau else None
    return authority.within("check", _WHO["final" if final else severity], leader, county, bureau)


def _new_deadline(day: str | None, moment: Moment) -> Deadline:
    if day is None:
        raise DeadlineMissing
    return set_day(day, moment)


def _return(issue: Issue, moment: Moment, made: Check, verdict: Verdict) -> Step:
    why = required(made.reason, moment.terms.note_length, "理由", "reason")
    due = _new_deadline(verdict.deadline, moment)
    returned = replace(
        under(issue, due),
        state="returned",
        checks=(*issue.checks, replace(made, deadline=due)),
        clock=Clock(owner=side(issue), since=moment.text, due=due, reason="returned"),
    )
    return step(returned, "issue.returned", made.by, why)


def _pass_on(issue: Issue, moment: Moment, made: Check, verdict: Verdict) -> Step:
    if verdict.deadline is not None:
        raise DeadlineNeedless
    clock = Clock(
        owner="checker", since=moment.text, due=moment.due(moment.terms.check_days, "check"), reason="checked"
    )
    checked = replace(issue, state="checked", checks=(*issue.checks, made), clock=clock)
    return step(checked, "issue.checked", made.by, made.reason)


def _pass_stage(issue: Issue, moment: Moment, made: Check, verdict: Verdict) -> Step:
    suggestion = suggested(issue.severity or "major", "standing", moment)
    due = suggestion if verdict.deadline is None else set_day(verdict.deadline, moment)
    passed = replace(
        issue,
        state="rectifying",
        next_check=due,
        stages_passed=issue.stages_passed + 1,
        checks=(*issue.checks, replace(made, deadline=due)),
        clock=Clock(owner=side(issue), since=moment.text, due=due, reason="stage_passed"),
    )
    return step(passed, "issue.stage_passed", made.by, made.reason)


def _close(issue: Issue, moment: Moment, made: Check, verdict: Verdict) -> Step:
    if verdict.deadline is not None:
        raise DeadlineNeedless
    standing = issue.mode == "standing"
    closing = Closing(
        at=moment.text,
        kind="stage_completed" if standing else "closed",
        by=made.by,
        on_time=issue.reports[-1].on_time,
        worked_days=worked_days(issue, moment),
    )
    closed = replace(
        issue,
        state="closed",
        stages_passed=issue.stages_passed + standing,
        checks=(*issue.checks, made),
        closings=(*issue.closings, closing),
        clock=Clock(owner="none", since=moment.text, due=None, reason="closed"),
    )
    return step(closed, "issue.closed", made.by, made.reason)


def _reopener(issue: Issue, closer: Actor, authority: Authority) -> Actor:
    county = authority.county_officer() if closer.role == TEAM_LEADER else None
    actor = authority.above("reopen", _ABOVE, county, authority.bureau_officer())
    if any(c.by.person == authority.person for c in issue.checks):
        raise CheckedItBefore
    return actor
