"""What happened to an issue, as far as alerting cares."""

from dataclasses import dataclass
from typing import Final

INSPECTION_TOUR: Final = "inspection_tour"


@dataclass(frozen=True, slots=True)
class Due:
    """A last day (`YYYY-MM-DD`, Asia/Shanghai); provisional 暂定 while that year's calendar is unpublished."""

    day: str
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """A responsible person who leads and has not signed yet, and until when the signature is due."""

    person: str
    sign_by: Due


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event of one issue.

    `verb` is the event's (`assigned`, `reported`, …); `handle_by` the due day of whoever's clock runs now; `barred`
    those who planned or reported the entry and therefore check nothing of it; `handed_over` whether it ever was
    submitted.
    """

    verb: str
    issue: str
    number: str | None
    school: str
    source: str
    severity: str | None
    mode: str | None
    team: str | None
    actor: str
    deadline: Due | None
    acknowledge_by: Due | None
    handle_by: Due | None
    unsigned_leads: tuple[Lead, ...]
    barred: frozenset[str]
    first_check_passed: bool
    stage_completed: bool
    handed_over: bool

    @property
    def restricted(self) -> bool:
        """Whether only those who must act on the entry may know that it exists."""
        return self.source == INSPECTION_TOUR
