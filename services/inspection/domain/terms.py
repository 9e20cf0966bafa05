"""Every number that is configuration and not law († in the catalogue), in one versioned value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from services.inspection.domain.rules_terms import NoticeBeforeTalk, StepsNotRising, TermsUnchanged


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """The terms in force. `*_days` are Chinese working days after the act, `*_length` are characters.

    The registry holds every version that was published; these are the first ones, which the software brings along.
    """

    id: str
    version: int
    acknowledge_days: int = 2
    plan_days: int = 5
    plan_critical_days: int = 1
    plan_immediate_days: int = 0
    sign_days: int = 3
    sign_immediate_days: int = 0
    check_days: int = 5
    immediate_days: int = 3
    deadline_critical_days: int = 5
    deadline_major_days: int = 15
    deadline_minor_days: int = 30
    standing_stages: int = 2
    object_days: int = 3
    objection_decision_days: int = 5
    help_decision_days: int = 5
    extensions: int = 1
    red_cards_talk: int = 2
    red_cards_notice: int = 3
    red_cards_months: int = 12
    request_reply_days: int = 10
    yellow_light_days: int = 3
    unread_days: int = 2
    overdue_steps: tuple[int, ...] = (1, 5, 10)
    team_divisions: int = 3
    visits_a_day: int = 2
    visits_a_term: int = 4
    material_a_term: int = 6
    description_length: int = 2000
    note_length: int = 2000
    task_length: int = 500
    tasks: int = 50
    evidence_pieces: int = 50
    revisions: int = 30


DEFAULT_TERMS: Final = Terms(id="terms@1", version=1)


def published(before: Terms, numbers: Mapping[str, Any]) -> Terms:
    """The next version: `numbers` are those that change, by name; all others stay. Raises `Broken`."""
    after = replace(before, **numbers)
    if after == before:
        raise TermsUnchanged
    if list(after.overdue_steps) != sorted(set(after.overdue_steps)):
        raise StepsNotRising
    if after.red_cards_notice < after.red_cards_talk:
        raise NoticeBeforeTalk
    return replace(after, id=f"terms@{before.version + 1}", version=before.version + 1)
