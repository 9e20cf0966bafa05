"""A visit of a team to a school: answers to a checklist, highlights 亮点, feedback on site 现场反馈."""

from dataclasses import dataclass
from typing import Literal

from services.inspection.domain.actor import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer to one item: exactly one of `value`, not applicable 不适用, shared 共用 with a school."""

    item: str
    value: bool | int | str | None
    not_applicable: bool = False
    shared_with: str | None = None
    note: str | None = None
    evidence: tuple[str, ...] = ()
    by: str
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """Who at the school countersigned, remarked on or refused the findings."""

    person: str
    outcome: Literal["countersigned", "remarked", "refused"]
    remark: str | None
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Highlight:
    """A good practice recorded during a visit."""

    id: str
    text: str
    by: str
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolFacts:
    """The school as it stood when the visit was submitted: what the answers are to be read against."""

    school: str
    division: str
    level: Literal["high", "vocational", "junior", "primary"]
    locality: str
    organised: Literal["own", "joint", "affiliated"]
    branch: str
    party_members: int
    teachers: int
    principal_pilot: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One visit; `score` is points over applicable weights × 100, in hundredths (0…10000)."""

    id: str
    school: str
    round: str
    team: str
    kind: Literal["regular", "follow_up", "spot_check", "special"]
    checklist: str
    day: str
    state: Literal["planned", "in_progress", "submitted", "cancelled"]
    answers: tuple[Answer, ...]
    highlights: tuple[Highlight, ...]
    facts: SchoolFacts | None
    feedback: Feedback | None
    score: int | None
    issues: tuple[str, ...]
    submitted_by: Actor | None
    submitted_at: str | None
