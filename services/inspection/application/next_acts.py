"""Who must act next on an issue, and by when: what "mine to do now" is made of."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts import roles
from services.inspection.domain.issue import Issue
from services.inspection.domain.issue_rectifying import DONE
from services.inspection.domain.workdays import Deadline


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a school stands: its branch, its division, the city; `county` is none where the bureau acts for it."""

    branch: str
    county: str | None
    city: str


@dataclass(frozen=True, slots=True)
class Next:
    """One act that somebody must do: a holder of `role` at `organisation`, or one person by name."""

    what: str
    due: Deadline | None
    role: str | None = None
    organisation: str | None = None
    person: str | None = None
    focus: str | None = None
    judging: bool = False


def next_acts(issue: Issue, spot: Spot) -> Iterator[Next]:
    """Everything that waits for somebody on this issue now."""
    match issue.state:
        case "drafted":
            yield _submit(issue, spot)
        case "submitted":
            yield from _assign(issue, spot)
        case "assigned":
            yield Next("acknowledge", issue.acknowledge_by, roles.SECRETARY, spot.branch)
        case "acknowledged":
            yield Next("plan", issue.plan_by, roles.SECRETARY, spot.branch)
        case "planned" | "rectifying" | "returned":
            yield from _rectify(issue, spot)
        case "reported":
            yield from _first_check(issue, spot)
        case "checked":
            yield Next("check", issue.clock.due, roles.BUREAU_OFFICER, spot.city, judging=True)
        case _:
            return


def _submit(issue: Issue, spot: Spot) -> Next:
    if issue.team is not None:
        return Next("submit", None, roles.TEAM_LEADER, issue.team)
    if issue.source == "self":
        return Next("submit", None, roles.SECRETARY, spot.branch)
    return Next("submit", None, person=issue.drafted_by.person)


def _office(spot: Spot) -> tuple[str, str]:
    return (roles.BUREAU_OFFICER, spot.city) if spot.county is None else (roles.COUNTY_OFFICER, spot.county)


def _assign(issue: Issue, spot: Spot) -> Iterator[Next]:
    if issue.severity == "minor" and issue.mode == "immediate" and issue.team is not None:
        yield Next("assign", issue.clock.due, roles.TEAM_LEADER, issue.team, judging=True)
    office = (roles.BUREAU_OFFICER, spot.city) if issue.severity == "critical" else _office(spot)
    yield Next("assign", issue.clock.due, *office, judging=True)


def _rectify(issue: Issue, spot: Spot) -> Iterator[Next]:
    in_force = [row for row in issue.responsibilities if row.in_force]
    for row in in_force:
        if row.signed_at is None:
            yield Next("sign", row.sign_by, person=row.person, focus=row.id)
    if issue.lead is None or issue.lead.signed_at is None:
        return
    open_tasks = [task for task in issue.tasks if task.percent < DONE or issue.state != "rectifying"]
    for row in in_force:
        if row.signed_at is not None:
            yield from (Next("progress", task.deadline, person=row.person, focus=task.id) for task in open_tasks)
    if not open_tasks:
        yield Next("report", issue.due, roles.SECRETARY, spot.branch)


def _first_check(issue: Issue, spot: Spot) -> Iterator[Next]:
    if issue.severity == "minor" and issue.team is not None:
        yield Next("check", issue.clock.due, roles.TEAM_LEADER, issue.team, judging=True)
    yield Next("check", issue.clock.due, *_office(spot), judging=True)
