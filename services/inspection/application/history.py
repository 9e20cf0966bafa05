"""What the system itself answers in a checklist: from the school's earlier visits and issues."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from runtime.errors import Rejected
from services.inspection.application.ports import Loaded, Ports
from services.inspection.domain.checklist import Checklist, Item
from services.inspection.domain.issue import Issue
from services.inspection.domain.visit import Visit
from services.inspection.domain.visit_answering import SYSTEM, Given, Sheet

# As in 整改率: what was withdrawn, or merged into another, is no issue of its own.
_UNCOUNTED: Final = frozenset({"withdrawn", "merged"})


@dataclass(frozen=True, slots=True)
class Past:
    """The school's issues of its last round before this one, and what this visit has drafted."""

    last_round: Sequence[Issue]
    drafts: Sequence[Issue]


def _on_time_share(past: Past, item: Item) -> int:
    """Share of the last round's issues that were closed on time, in points of the item, rounded down."""
    counted = [issue for issue in past.last_round if issue.assigned_at and issue.state not in _UNCOUNTED]
    closed = [i for i in counted if i.state == "closed" and i.closings[-1].on_time]
    most = item.max or 0
    return most if not counted else most * len(closed) // len(counted)


def _none_came_back(past: Past, _: Item) -> bool:
    """Whether no item that this visit found failing was closed at this school in the last round."""
    closed = {issue.item for issue in past.last_round if issue.state == "closed" and issue.item}
    return closed.isdisjoint({issue.item for issue in past.drafts})


MEASURES: Final[dict[str, Callable[[Past, Item], int | bool]]] = {
    "last_round_on_time": _on_time_share,
    "none_came_back": _none_came_back,
}


def require_measurable(checklist: Checklist) -> None:
    """Raises `Rejected` for an item that the system should answer and cannot."""
    unknown = [i.code for i in checklist.items if i.by == SYSTEM and i.indicator not in MEASURES]
    if unknown:
        raise Rejected(
            "system-item-unknown",
            f"系统无法填报条目：{'、'.join(unknown)}",
            f"the system cannot answer: {', '.join(unknown)}",
        )


async def had_previous_round(ports: Ports, visit: Visit) -> bool:
    """Whether the school had a submitted regular visit in another round before."""
    return bool(await _regular_before(ports, visit))


async def _regular_before(ports: Ports, visit: Visit) -> list[Visit]:
    """回头看, 抽查 and 专项 are no rounds."""
    return [one for one in await ports.visits.submitted_before(visit) if one.kind == "regular"]


async def system_answers(
    ports: Ports, visit: Visit, sheet: Sheet, drafts: Sequence[Loaded[Issue]]
) -> tuple[Given, ...]:
    """Answers to the items that the system answers, of those that apply."""
    asked = [item for item in sheet.asked() if item.by == SYSTEM]
    if not asked:
        return ()
    before = await _regular_before(ports, visit)
    last = max(before, key=lambda one: one.submitted_at or "", default=None)
    issues = await ports.issues.of_round(visit.school, last.round) if last else []
    past = Past(issues, [draft.value for draft in drafts])
    return tuple(Given(item=item.code, value=MEASURES[item.indicator or ""](past, item)) for item in asked)
