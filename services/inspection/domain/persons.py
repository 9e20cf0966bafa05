"""What persons undertake: absences of secretaries, commitments, and nominations for roles of the city."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A secretary is away 外出, from the first to the last day: deputies act meanwhile."""

    id: str
    person: str
    starts: str
    ends: str
    reason: str
    ended: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Commitment:
    """A yearly letter 责任书 or a post claimed 业务示范岗/党员先锋岗; it holds once the person has signed it."""

    id: str
    person: str
    school: str
    year: int
    kind: Literal["teaching_letter", "integrity_letter", "model_post", "vanguard_post"]
    title: str
    signed_at: str | None
    retired: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Nomination:
    """A role of the city that one person proposes to give and a second one confirms."""

    id: str
    person: str
    role: str
    organisation: str
    by: str
    state: Literal["proposed", "confirmed", "declined"]
    decided_by: str | None
