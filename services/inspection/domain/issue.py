"""The issue 问题 with its tasks, responsibilities, reports and checks: one aggregate, one version.

Instants are RFC 3339 in UTC, days `YYYY-MM-DD` in Asia/Shanghai, percentages 0…100.
"""

from dataclasses import dataclass
from typing import Final, get_args

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue_asides import (
    Card,
    Extension,
    Help,
    Objection,
    Opinion,
    Recount,
    Revision,
    Stop,
    Urging,
)
from services.inspection.domain.issue_rows import (
    Area,
    Assignment,
    Check,
    Clock,
    Closing,
    Mode,
    Provenance,
    Report,
    Responsibility,
    Severity,
    Source,
    State,
    Task,
)
from services.inspection.domain.rules import IllegalStep, IssueEnded
from services.inspection.domain.wording import COMMANDS_ZH, STATES_ZH
from services.inspection.domain.workdays import Deadline

__all__ = [
    "AT_WORK",
    "BEFORE_ASSIGNMENT",
    "ENDED",
    "OPEN",
    "Area",
    "Assignment",
    "Card",
    "Check",
    "Clock",
    "Closing",
    "Extension",
    "Help",
    "Issue",
    "Mode",
    "Objection",
    "Opinion",
    "Provenance",
    "Recount",
    "Report",
    "Responsibility",
    "Revision",
    "Severity",
    "Source",
    "State",
    "Step",
    "Stop",
    "Task",
    "Urging",
    "expect",
    "step",
]  # fmt: skip

ENDED: Final[frozenset[State]] = frozenset({"closed", "withdrawn", "merged"})
OPEN: Final[tuple[State, ...]] = tuple(state for state in get_args(State) if state not in ENDED)
BEFORE_ASSIGNMENT: Final[frozenset[State]] = frozenset({"drafted", "submitted"})
AT_WORK: Final[tuple[State, ...]] = ("planned", "rectifying", "returned")


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One row of the issue list 问题清单.

    `deadline` is none for standing issues 长期坚持, whose date in force is `next_check`. `recurs_of` is the closed
    issue that came back 反弹, `merged_into` the one that this is a double of, `helper` the higher body that leads since
    it accepted to help, `planners` everybody who approved a plan, the one in force or an earlier one. With an
    `assignment` it is no issue, but a school's part of a task from above.
    """

    id: str
    number: str | None
    school: str
    state: State
    source: Source
    area: Area
    item: str | None
    checklist: str | None
    visit: str | None
    round: str | None
    team: str | None
    description: str
    evidence: tuple[str, ...]
    severity: Severity | None
    mode: Mode | None
    issuer: str | None
    drafted_by: Actor
    drafted_at: str
    submitted_at: str | None
    assigned_by: Actor | None
    assigned_at: str | None
    deadline: Deadline | None
    acknowledge_by: Deadline | None
    acknowledged_by: Actor | None
    acknowledged_at: str | None
    plan_by: Deadline | None
    planned_by: Actor | None
    planned_at: str | None
    tasks: tuple[Task, ...]
    responsibilities: tuple[Responsibility, ...]
    reports: tuple[Report, ...]
    checks: tuple[Check, ...]
    next_check: Deadline | None
    stages_passed: int
    closings: tuple[Closing, ...]
    withdrawn_reason: str | None
    clock: Clock
    provenance: Provenance | None = None
    recurs_of: str | None = None
    merged_into: str | None = None
    helper: str | None = None
    stops: tuple[Stop, ...] = ()
    objections: tuple[Objection, ...] = ()
    helps: tuple[Help, ...] = ()
    extensions: tuple[Extension, ...] = ()
    cards: tuple[Card, ...] = ()
    urgings: tuple[Urging, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    revisions: tuple[Revision, ...] = ()
    assignment: Assignment | None = None
    planners: tuple[str, ...] = ()
    recounts: tuple[Recount, ...] = ()
    lead_left: str | None = None

    @property
    def due(self) -> Deadline:
        """The date in force for the school; raises `ValueError` before 交办."""
        date = self.next_check if self.mode == "standing" else self.deadline
        if date is None:
            raise ValueError(f"issue {self.id} is not assigned")
        return date

    @property
    def lead(self) -> Responsibility | None:
        """The one answerable lead in force; none before the plan."""
        return next((r for r in self.responsibilities if r.in_force and r.part == "lead"), None)

    @property
    def wants_lead(self) -> bool:
        """Whether the lead in force has left: `lead_left` names the responsibility."""
        return self.lead is not None and self.lead.id == self.lead_left

    @property
    def took_part(self) -> frozenset[str]:
        """Who planned, is or was responsible, or reported, and in whose place: they check nothing of it."""
        planners = {*self.planners, *([self.planned_by.person] if self.planned_by else [])}
        responsible = {row.person for row in self.responsibilities}
        return frozenset(planners | responsible).union(*(report.by.named for report in self.reports))

    def responsible(self, person: str) -> Responsibility | None:
        """The responsibility in force of that person."""
        return next((r for r in self.responsibilities if r.in_force and r.person == person), None)


@dataclass(frozen=True, slots=True)
class Step:
    """What a command gives: the issue after it, its events (type, focus), in which capacity, and the reason given."""

    issue: Issue
    events: tuple[tuple[str, str | None], ...]
    actor: Actor
    note: str | None = None


def step(issue: Issue, verb: str, actor: Actor, note: str | None = None, focus: str | None = None) -> Step:
    """A step of one event `inspection.<verb>.v1`."""
    return Step(issue, ((f"inspection.{verb}.v1", focus),), actor, note)


def expect(issue: Issue, authority: Authority, command: str, *states: State) -> None:
    """Raises `IssueEnded` or `IllegalStep` unless the issue is in one of these states."""
    if authority.place.school != issue.school:
        raise ValueError(f"authority over {authority.place.school} used for an issue of {issue.school}")
    if issue.state in states:
        return
    rule = IssueEnded if issue.state in ENDED else IllegalStep
    raise rule(state=issue.state, state_zh=STATES_ZH[issue.state], command_zh=COMMANDS_ZH[command], command_en=command)
