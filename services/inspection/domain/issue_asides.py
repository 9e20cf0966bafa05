"""What is asked, decided and said beside an issue's straight way: objections, help, extensions, cards, opinions."""

from dataclasses import dataclass
from typing import Literal

from services.inspection.domain.actor import Actor
from services.inspection.domain.issue_rows import Area, Mode, Severity
from services.inspection.domain.workdays import Deadline


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """Time in which the school's clock stood still: `until` none while it does, `days` the working days it took."""

    since: str
    until: str | None
    reason: Literal["objected", "help_asked"]
    days: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """异议 of the school, and how it was decided; `state` is the one it was raised in."""

    at: str
    by: Actor
    reason: str
    state: Literal["assigned", "acknowledged"]
    decide_by: Deadline
    upheld: bool | None = None
    decided_at: str | None = None
    decided_by: Actor | None = None
    decided_reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Help:
    """提请上级协调: `body` is asked (the county, the bureau once passed up); accepted, it leads until `deadline`."""

    at: str
    by: Actor
    reason: str
    state: Literal["acknowledged", "planned", "rectifying"]
    body: str
    decide_by: Deadline
    passed_up_at: str | None = None
    passed_up_by: Actor | None = None
    passed_up_reason: str | None = None
    outcome: Literal["accepted", "refused"] | None = None
    decided_at: str | None = None
    decided_by: Actor | None = None
    decided_reason: str | None = None
    deadline: Deadline | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """延期: until which `day` it is asked; `deadline` was in force then, `granted` is the new one."""

    at: str
    by: Actor
    reason: str
    day: str
    deadline: Deadline
    outcome: Literal["granted", "refused", "lapsed"] | None = None
    decided_at: str | None = None
    decided_by: Actor | None = None
    decided_reason: str | None = None
    granted: Deadline | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """黄牌 or 红牌: a numbered 督办单; `proposes` is what repeated red cards propose: 约谈 a talk, 通报 a notice."""

    number: str
    colour: Literal["yellow", "red"]
    at: str
    by: Actor
    reason: str
    deadline: Deadline
    proposes: Literal["talk", "notice"] | None = None
    received_at: str | None = None
    received_by: Actor | None = None
    outcome: Literal["met", "unmet"] | None = None
    decided_at: str | None = None
    decided_by: Actor | None = None
    decided_reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Urging:
    """催办: one click of an officer."""

    at: str
    by: Actor
    note: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """What the visiting team thinks of the rectification."""

    at: str
    by: Actor
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recount:
    """期限重算 of the date in force: what it was, provisionally, and what it is since the calendar was published."""

    at: str
    before: Deadline
    after: Deadline


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """The finding as it read before it was amended (before 交办) or corrected (after it)."""

    at: str
    by: Actor
    kind: Literal["amended", "corrected"]
    reason: str | None
    description: str
    area: Area
    evidence: tuple[str, ...]
    severity: Severity | None
    mode: Mode | None
