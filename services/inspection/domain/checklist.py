"""Checklists: published versions of items, to which schools an item applies, and what failing it means."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.inspection.domain.facts import SchoolFacts
from services.inspection.domain.issue import Area, Mode, Severity
from services.inspection.domain.rules_checklist import ChecklistNotPublished
from services.inspection.domain.rules_visit import BadChecklist


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One checklist item; `max`, `pass_mark` in points (score items), `weight` in points before normalising."""

    code: str
    section: str
    area: Area
    text: str
    how: str | None
    costs: str | None
    type: Literal["yes_no", "score", "count", "choice", "text"]
    subject: Literal["school", "branch"]
    weight: int
    max: int | None
    pass_mark: int | None
    severity: Severity | None
    mode: Mode | None
    evidence: bool
    indicator: str | None
    by: Literal["person", "system"]
    levels: tuple[str, ...]
    organised: tuple[str, ...]
    principal_pilot: bool | None
    members_at_least: int | None
    had_previous_round: bool | None
    records: Literal["answer", "highlight", "finding"]

    @property
    def scored(self) -> bool:
        """Whether it gives points."""
        return self.type in ("yes_no", "score")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checklist:
    """A draft may change, a published version never does, a retired one starts no visit; its id is `name@version`."""

    id: str
    name: str
    version: int
    title: str
    items: tuple[Item, ...]
    state: Literal["published", "draft", "retired"] = "published"

    def item(self, code: str) -> Item | None:
        """The item of that code."""
        return next((item for item in self.items if item.code == code), None)


def applies(item: Item, facts: SchoolFacts, had_previous_round: bool) -> bool:
    """Whether an item is asked at a school. Items about the branch are asked once for it, at its lead school."""
    conditions = (
        item.subject == "school" or facts.organised == "own",
        not item.levels or facts.level in item.levels,
        not item.organised or facts.organised in item.organised,
        item.principal_pilot in (None, facts.principal_pilot),
        item.members_at_least is None or facts.party_members >= item.members_at_least,
        item.had_previous_round in (None, had_previous_round),
    )
    return all(conditions)


def require_published(checklist: Checklist) -> None:
    """Raises `ChecklistNotPublished`: neither a draft nor a retired version starts a visit."""
    if checklist.state != "published":
        raise ChecklistNotPublished(checklist=checklist.id)


def published(checklist: Checklist) -> Checklist:
    """The checklist, when it can be answered and scored; raises `BadChecklist` with everything that is wrong."""
    problems = [*_problems_of_list(checklist), *(p for item in checklist.items for p in _problems_of_item(item))]
    if problems:
        raise BadChecklist(problems="; ".join(problems))
    return checklist


def _problems_of_list(checklist: Checklist) -> Iterator[str]:
    if checklist.version < 1 or checklist.id != f"{checklist.name}@{checklist.version}":
        yield f"{checklist.id}: id ≠ name@version"
    for code, times in Counter(item.code for item in checklist.items).items():
        if times > 1:
            yield f"{code}: ×{times}"
    if sum(item.weight for item in checklist.items if item.scored) <= 0:
        yield "Σ weight ≤ 0"


def _problems_of_item(item: Item) -> Iterator[str]:
    if not item.code.strip() or not item.text.strip():
        yield f"{item.code}: code, text?"
    if item.weight < 0 or (item.weight and not item.scored):
        yield f"{item.code}: weight {item.weight} ({item.type})"
    if item.type == "score" and not _well_bounded(item):
        yield f"{item.code}: 0 ≤ pass_mark ≤ max, max ≥ 1?"
    if item.indicator is not None and item.type != "count" and item.by != "system":
        yield f"{item.code}: indicator ≠ count"
    if item.records != "answer" and item.type != "text":
        yield f"{item.code}: records {item.records} ≠ text"
    if item.scored and (item.severity is None or item.mode is None):
        yield f"{item.code}: severity, mode?"


def _well_bounded(item: Item) -> bool:
    return item.max is not None and item.max >= 1 and 0 <= (item.pass_mark or 0) <= item.max
