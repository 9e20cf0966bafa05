"""What an issue counts (domain.md, "Reports: formulas"). Reads only what it needs of the event's full state."""

from functools import lru_cache
from typing import Final

from msgspec import Struct

from services.reporting.contribution import EVERYTHING, NONE, OVERDUE, Contribution, Facets, Measures, Place, facet
from services.reporting.days import day_after

FACETS: Final = ("area", "severity", "mode", "source", "item", "team", "round")
STATES: Final = (
    "drafted", "submitted", "assigned", "acknowledged", "planned", "rectifying", "reported", "checked", "closed",
    "returned", "withdrawn", "objected", "help_asked", "merged",
)  # fmt: skip
_RECTIFYING: Final = frozenset({"school", "body"})
_AWAITING_CHECK: Final = frozenset({"reported", "checked"})
_DECIDED_FIRST: Final = frozenset({"objected", "help_asked"})
TOUR: Final = "inspection_tour"


class DeadlineFacts(Struct, frozen=True, gc=False):
    """A deadline: the last day to act."""

    day: str


class ReportFacts(Struct, frozen=True, gc=False):
    """An application to close."""

    on_time: bool


class ClosingFacts(Struct, frozen=True, gc=False):
    """A closing; `worked_days` from 交办 to the accepted report."""

    on_time: bool
    worked_days: int
    false_closure: bool = False


class ExtensionFacts(Struct, frozen=True, gc=False):
    """An extension that was asked for; `outcome` none until it is decided."""

    outcome: str | None = None


class AssignmentFacts(Struct, frozen=True, gc=False):
    """A task from above that the entry is a school's part of."""

    id: str


class ClockFacts(Struct, frozen=True, gc=False):
    """Whose clock runs."""

    owner: str


class IssueFacts(Struct, frozen=True):
    """The part of `contracts.lists.Issue` that reports count."""

    id: str
    state: str
    source: str
    area: str
    item: str | None
    round: str | None
    team: str | None
    severity: str | None
    mode: str | None
    submitted_at: str | None
    assigned_at: str | None
    deadline: DeadlineFacts | None
    reports: tuple[ReportFacts, ...]
    closings: tuple[ClosingFacts, ...]
    clock: ClockFacts
    helper: str | None = None
    recurs_of: str | None = None
    extensions: tuple[ExtensionFacts, ...] = ()
    assignment: AssignmentFacts | None = None


class IssueData(Struct, frozen=True):
    """Data of an issue's, task's or responsibility's event."""

    entry: IssueFacts


@lru_cache(maxsize=65_536)
def _facets(*keys: str | None) -> Facets:
    return (EVERYTHING, *(facet(kind, key or NONE) for kind, key in zip(FACETS, keys, strict=True)))


def issue_contribution(issue: IssueFacts, place: Place) -> Contribution | None:
    """What the issue counts from this event on; none before it was submitted: a draft is its drafter's alone. Nor
    does a task from above count: it is no issue, and its totals stand in its own list.

    Every issue counts in its state. Those assigned (`assigned_at` set) and not withdrawn count further: of a mode other
    than `standing` in `assigned`, and `closed`, `closed_on_time`, `late_reported`, `extended`, `days:N`, overdue;
    standing ones apart in `standing` and `standing_closed`; all of them in `false_closures`, `reopened` and
    `recurrences`. What a higher body leads counts at a place of its own.
    """
    if issue.submitted_at is None or issue.assignment is not None:
        return None
    measures: Measures = {f"state:{issue.state}": 1}
    overdue_from = None
    if issue.assigned_at is not None and issue.state != "withdrawn":
        _false_closures(issue, measures)
        if issue.recurs_of is not None:
            measures["recurrences"] = 1
        if issue.mode == "standing":
            measures["standing"] = 1
            if issue.state == "closed":
                measures["standing_closed"] = 1
        else:
            overdue_from = _dated(issue, measures)
    return Contribution(
        place=_counted_at(place, issue),
        facets=_facets(issue.area, issue.severity, issue.mode, issue.source, issue.item, issue.team, issue.round),
        measures=measures,
        overdue_from=overdue_from,
    )


def _counted_at(place: Place, issue: IssueFacts) -> Place:
    if issue.source != TOUR and issue.helper is None:
        return place
    return place._replace(tour=issue.source == TOUR, body=issue.helper)


def _false_closures(issue: IssueFacts, measures: Measures) -> None:
    false = sum(closing.false_closure for closing in issue.closings) if issue.closings else 0
    if false:
        measures["false_closures"] = false
        measures["reopened"] = 1


def _dated(issue: IssueFacts, measures: Measures) -> str | None:
    """Count an issue with a deadline; gives the first day on which it is overdue if nothing happens."""
    measures["assigned"] = 1
    if issue.extensions and any(asked.outcome == "granted" for asked in issue.extensions):
        measures["extended"] = 1
    if issue.state == "closed":
        accepted = issue.closings[-1]
        measures["closed"] = 1
        measures[f"days:{accepted.worked_days}"] = 1
        if accepted.on_time:
            measures["closed_on_time"] = 1
        return None
    # A late report that was returned has a new deadline in force and is counted by that one again.
    if issue.state in _AWAITING_CHECK and issue.reports and not issue.reports[-1].on_time:
        measures["late_reported"] = 1
    # Stopped clocks are nobody's fault: the clock then is the issuer's, or that of a body that has not accepted yet.
    if issue.clock.owner in _RECTIFYING and issue.state not in _DECIDED_FIRST and issue.deadline is not None:
        return day_after(issue.deadline.day)
    return None


MEASURES: Final = (
    "assigned", "closed", "closed_on_time", "late_reported", OVERDUE, "standing", "standing_closed",
    "false_closures", "reopened", "extended", "recurrences",
)  # fmt: skip
