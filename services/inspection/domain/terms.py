"""Every number that is configuration and not law († in the catalogue), in one versioned value."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class SeverityDays:
    """Working days suggested for 限期整改, by severity."""

    critical: int = 5
    major: int = 15
    minor: int = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """The terms in force. `*_days` are Chinese working days after the act, `*_length` are characters."""

    version: str = "1"
    acknowledge_days: int = 2
    plan_days: int = 5
    plan_critical_days: int = 1
    plan_immediate_days: int = 0
    sign_days: int = 3
    sign_immediate_days: int = 0
    check_days: int = 5
    immediate_days: int = 3
    deadline_days: SeverityDays = field(default_factory=SeverityDays)
    standing_stages: int = 2
    object_days: int = 3
    objection_decision_days: int = 5
    help_decision_days: int = 5
    extensions: int = 1
    request_reply_days: int = 10
    yellow_light_days: int = 3
    unread_days: int = 2
    overdue_steps: tuple[int, ...] = (1, 5, 10)
    team_divisions: int = 3
    visits_a_day: int = 2
    description_length: int = 2000
    note_length: int = 2000
    task_length: int = 500
    tasks: int = 50
    evidence_pieces: int = 50


DEFAULT_TERMS: Final = Terms()
