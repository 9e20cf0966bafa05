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
class CardTold:
    """The 督办单 that an event is about: yellow or red, until when, and once decided whether it was met."""

    number: str
    red: bool
    due: Due
    met: bool


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event of one issue.

    `verb` is the event's (`assigned`, `reported`, …); `handle_by` the due day of whoever's clock runs now; `barred`
    those who planned, are responsible or reported, and therefore check nothing of it; `handed_over` whether it ever was
    submitted. `issuer` issued it, `assigner` in person; `asked` is the body asked for help, `helper` the one that leads
    since it accepted; `favourable` what was decided, for whoever had asked; `from_above` it is no issue, but a school's
    part of a task from above; `lead` answers for it now; `moved` the date in force fell on another day by a recount.
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
    issuer: str | None = None
    assigner: str | None = None
    helper: str | None = None
    asked: str | None = None
    favourable: bool | None = None
    card: CardTold | None = None
    from_above: bool = False
    lead: str | None = None
    moved: bool = False

    @property
    def restricted(self) -> bool:
        """Whether only those who must act on the entry may know that it exists."""
        return self.source == INSPECTION_TOUR

    @property
    def bodies(self) -> frozenset[str]:
        """Higher bodies that may have to be told, beside the school's own county and city."""
        return frozenset(body for body in (self.helper, self.asked) if body is not None)
