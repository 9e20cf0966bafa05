"""How far a visit's checklist is filled, section by section and member by member."""

from collections import Counter
from dataclasses import dataclass

from services.inspection.domain.visit import Visit
from services.inspection.domain.visit_answering import SYSTEM, Sheet
from services.inspection.domain.visit_submitting import unanswered


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionProgress:
    """A section's items: asked of people, answered."""

    section: str
    asked: int
    answered: int


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitProgress:
    """`missing` are the items without which the visit cannot be submitted; `by` counts answers per member."""

    asked: int
    answered: int
    by_system: int
    missing: tuple[str, ...]
    sections: tuple[SectionProgress, ...]
    by: dict[str, int]


def progress_of(visit: Visit, sheet: Sheet) -> VisitProgress:
    """Of the items that apply to the school; those of the system are answered when the visit is submitted."""
    asked = [item for item in sheet.asked() if item.by != SYSTEM]
    answered = [item for item in asked if visit.answer(item.code) is not None]
    names = dict.fromkeys(item.section for item in asked)
    return VisitProgress(
        asked=len(asked),
        answered=len(answered),
        by_system=sum(item.by == SYSTEM for item in sheet.asked()),
        missing=unanswered(visit, sheet),
        sections=tuple(
            SectionProgress(
                section=name,
                asked=sum(item.section == name for item in asked),
                answered=sum(item.section == name for item in answered),
            )
            for name in names
        ),
        by=dict(sorted(Counter(answer.by for answer in visit.answers if answer.by != SYSTEM).items())),
    )
