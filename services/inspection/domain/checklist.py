"""Checklists: published versions of items, and to which schools an item applies."""

from dataclasses import dataclass
from typing import Literal

from services.inspection.domain.issue import Area, Mode, Severity


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Checklist:
    """A published version never changes; its id is `name@version`."""

    id: str
    name: str
    version: int
    title: str
    items: tuple[Item, ...]
