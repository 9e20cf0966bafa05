"""What hangs on an issue: tasks, responsibilities, reports, checks, closings.

Instants are RFC 3339 in UTC, days `YYYY-MM-DD` in Asia/Shanghai, percentages 0…100.
"""

from dataclasses import dataclass
from typing import Literal

from services.inspection.domain.actor import Actor
from services.inspection.domain.workdays import Deadline

Source = Literal["supervision", "inspection_tour", "survey", "liaison", "self", "superior"]
Severity = Literal["minor", "major", "critical"]
Mode = Literal["immediate", "deadline", "standing"]
State = Literal[
    "drafted", "submitted", "assigned", "acknowledged", "planned", "rectifying", "reported", "checked", "closed",
    "returned", "withdrawn", "objected", "help_asked", "merged",
]  # fmt: skip
Area = Literal["主体责任", "组织设置", "“六有”阵地", "基本制度", "党建载体", "党建与教学融合", "问题整改", "其他"]


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
    """Whose time runs now, since when and until when; `reason` is the step that started or stopped it.

    `body` is a higher body: the one that is asked for help, or that leads since it accepted.
    """

    owner: Literal["none", "issuer", "school", "checker", "body"]
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
class Assignment:
    """任务交办 that an entry is a school's part of; in one act it was given to so many `schools`."""

    id: str
    number: str
    title: str
    schools: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """The row of a table that an issue was imported from: the file's SHA-256, the sheet, the row, the row's SHA-256."""

    file: str
    sheet: str
    row: int
    digest: str
