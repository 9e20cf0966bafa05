"""The issue 问题 with its tasks, responsibilities, reports and checks: one aggregate, one version.

Instants are RFC 3339 in UTC, days `YYYY-MM-DD` in Asia/Shanghai, percentages 0…100.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.rules import IllegalStep, IssueEnded
from services.inspection.domain.wording import COMMANDS_ZH, STATES_ZH
from services.inspection.domain.workdays import Deadline

Source = Literal["supervision", "inspection_tour", "survey", "liaison", "self", "superior"]
Severity = Literal["minor", "major", "critical"]
Mode = Literal["immediate", "deadline", "standing"]
State = Literal[
    "drafted", "submitted", "assigned", "acknowledged", "planned", "rectifying", "reported", "checked", "closed",
    "returned", "withdrawn",
]  # fmt: skip
Area = Literal["主体责任", "组织设置", "“六有”阵地", "基本制度", "党建载体", "党建与教学融合", "问题整改", "其他"]
ENDED: Final[frozenset[State]] = frozenset({"closed", "withdrawn"})
OPEN: Final[tuple[State, ...]] = tuple(state for state in get_args(State) if state not in ENDED)
BEFORE_ASSIGNMENT: Final[frozenset[State]] = frozenset({"drafted", "submitted"})
AT_WORK: Final[tuple[State, ...]] = ("planned", "rectifying", "returned")


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One row of the task list 任务清单."""

    id: str
    measure: str
    target: str
    deadline: Deadline
    percent: int
    note: str | None
    evidence: tuple[str, ...]
    done_at: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Responsibility:
    """One row of the responsibility list 责任清单; a superseded one is kept."""

    id: str
    person: str
    part: Literal["lead", "other"]
    since: str
    sign_by: Deadline
    signed_at: str | None
    superseded_at: str | None
    superseded_reason: str | None

    @property
    def in_force(self) -> bool:
        """Not superseded."""
        return self.superseded_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One application to close 申请销号; `deadline` is the one in force, `on_time` whether it came by then."""

    at: str
    by: Actor
    note: str
    deadline: Deadline
    on_time: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check 初核/复核 of a report; `deadline` is the new one after a return or a passed stage."""

    at: str
    by: Actor
    step: Literal["first", "final"]
    passed: bool
    method: Literal["on_site", "evidence"]
    reason: str | None
    opinion: str | None
    deadline: Deadline | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Whose time runs now, since when and until when; `reason` is the step that started or stopped it."""

    owner: Literal["none", "issuer", "school", "checker"]
    since: str
    due: Deadline | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """How it ended; `worked_days` are working days from 交办 to the accepted report without stopped clocks.

    A false closure is reopened and stays visible, with when, by whom and why.
    """

    at: str
    kind: Literal["closed", "stage_completed"]
    by: Actor
    on_time: bool
    worked_days: int
    false_closure: bool = False
    reopened_at: str | None = None
    reopened_by: Actor | None = None
    reopened_reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """The row of a table that an issue was imported from: the file's SHA-256, the sheet, the row, the row's SHA-256."""

    file: str
    sheet: str
    row: int
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One row of the issue list 问题清单.

    `deadline` is none for standing issues 长期坚持, whose date in force is `next_check`.
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
