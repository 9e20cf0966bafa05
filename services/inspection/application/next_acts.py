"""Who must act next on an issue, and by when: what "mine to do now" is made of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts import roles
from services.inspection.domain.issue import AT_WORK, Issue, State
from services.inspection.domain.issue_extending import RUNNING, pending
from services.inspection.domain.issue_pressing import DECIDED_IN
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
    """One act that somebody must do: a holder of `role` at `organisation`, or one person by name.

    `judging` is nothing for people of the school, and no act is for those `barred`.
    """

    what: str
    due: Deadline | None
    role: str | None = None
    organisation: str | None = None
    person: str | None = None
    focus: str | None = None
    judging: bool = False
    barred: frozenset[str] = frozenset()


def next_acts(issue: Issue, spot: Spot) -> Iterator[Next]:
    """Everything that waits for somebody on this issue now."""
    if issue.state in _STEPS:
        yield from _STEPS[issue.state](issue, spot)
    yield from _extension(issue, spot)
    yield from _cards(issue, spot)
    if issue.wants_lead and issue.state in AT_WORK:
        yield Next("name_lead", issue.due, *_answering(issue, spot))


def _submit(issue: Issue, spot: Spot) -> Iterator[Next]:
    if issue.team is not None:
        yield Next("submit", None, roles.TEAM_LEADER, issue.team)
    elif issue.source == "self":
        yield Next("submit", None, roles.SECRETARY, spot.branch)
    else:
        yield Next("submit", None, person=issue.drafted_by.person)


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
        yield Next("report", issue.due, *_answering(issue, spot))


def _first_check(issue: Issue, spot: Spot) -> Iterator[Next]:
    barred = issue.took_part
    if issue.assignment is not None:
        office = (roles.BUREAU_OFFICER, spot.city) if issue.helper == spot.city else _issuing(issue, spot)
        yield Next("check", issue.clock.due, *office, judging=True, barred=barred)
        return
    if issue.severity == "minor" and issue.team is not None and issue.helper is None:
        yield Next("check", issue.clock.due, roles.TEAM_LEADER, issue.team, judging=True, barred=barred)
    office = (roles.BUREAU_OFFICER, spot.city) if issue.helper == spot.city else _office(spot)
    yield Next("check", issue.clock.due, *office, judging=True, barred=barred)


def _final_check(issue: Issue, spot: Spot) -> Iterator[Next]:
    barred = issue.took_part | {issue.checks[-1].by.person}
    yield Next("check", issue.clock.due, roles.BUREAU_OFFICER, spot.city, judging=True, barred=barred)


def _officers(body: str | None, spot: Spot) -> tuple[str, str]:
    """Whoever acts for a body: the bureau, or a county by its own officers."""
    return (roles.BUREAU_OFFICER, spot.city) if body in (None, spot.city) else (roles.COUNTY_OFFICER, body or "")


def _issuing(issue: Issue, spot: Spot) -> tuple[str, str]:
    return (roles.BUREAU_OFFICER, spot.city) if issue.issuer == spot.city else _office(spot)


def _answering(issue: Issue, spot: Spot) -> tuple[str, str]:
    return (roles.SECRETARY, spot.branch) if issue.helper is None else _officers(issue.helper, spot)


def _acknowledge(issue: Issue, spot: Spot) -> Iterator[Next]:
    yield Next("acknowledge", issue.acknowledge_by, roles.SECRETARY, spot.branch)


def _plan(issue: Issue, spot: Spot) -> Iterator[Next]:
    yield Next("plan", issue.plan_by, *_answering(issue, spot))


def _help(issue: Issue, spot: Spot) -> Iterator[Next]:
    yield Next("decide_help", issue.clock.due, *_officers(issue.helps[-1].body, spot), judging=True)


def _objection(issue: Issue, spot: Spot) -> Iterator[Next]:
    barred = frozenset({issue.assigned_by.person}) if issue.assigned_by else frozenset()
    for office in dict.fromkeys((_issuing(issue, spot), (roles.BUREAU_OFFICER, spot.city))):
        yield Next("decide_objection", issue.clock.due, *office, judging=True, barred=barred)


def _extension(issue: Issue, spot: Spot) -> Iterator[Next]:
    asked = pending(issue)
    if asked is not None and issue.state in RUNNING:
        barred = frozenset({asked.by.person})
        yield Next("decide_extension", issue.due, *_issuing(issue, spot), judging=True, barred=barred)


def _cards(issue: Issue, spot: Spot) -> Iterator[Next]:
    for card in issue.cards if issue.state in DECIDED_IN else ():
        if card.received_at is None and card.outcome is None:
            yield Next("receive_card", card.deadline, roles.SECRETARY, spot.branch, focus=card.number)
        if card.outcome is None:
            yield Next("decide_card", card.deadline, roles.BUREAU_OFFICER, spot.city, focus=card.number, judging=True)


_STEPS: Final[Mapping[State, Callable[[Issue, Spot], Iterator[Next]]]] = {
    "drafted": _submit,
    "submitted": _assign,
    "assigned": _acknowledge,
    "acknowledged": _plan,
    "planned": _rectify,
    "rectifying": _rectify,
    "returned": _rectify,
    "objected": _objection,
    "help_asked": _help,
    "reported": _first_check,
    "checked": _final_check,
}
