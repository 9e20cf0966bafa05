"""What the teams find: one answer for every item that applies to a school, and the findings among them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.registry import Branch, Checklist, Item, School
from dudao.city import City
from dudao.demo.draw import Draw

_FAILS: Final = {"yes_no": 0.07, "score": 0.11}
_OUTSIDE_THE_LIST: Final = 0.04
_HIGHLIGHT: Final = 0.2
_ROOM: Final = "C1"


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as a team gives it: a value, or the lead school with which the thing is shared 共用."""

    item: str
    value: bool | int | str | None
    shared_with: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: the item that failed, or an area for what the checklist does not ask."""

    item: str | None
    area: str
    description: str
    severity: str
    mode: str
    evidence: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything one visit brings home."""

    answers: tuple[Given, ...]
    findings: tuple[Finding, ...]
    highlights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A school as a team meets it; `pilot` is its division's 校长负责制, `counts` the indicators on site."""

    school: School
    branch: Branch
    pilot: bool
    counts: Mapping[str, int]


def seen_by_school(city: City) -> dict[str, Seen]:
    """Every school as a team meets it."""
    pilots = {division.id for division in city.divisions if division.principal_pilot}
    branches = {branch.id: branch for branch in city.branches}
    return {
        school.id: Seen(school, branches[school.branch], school.division in pilots, city.indicators[school.id])
        for school in city.schools
    }


def fill_sheet(checklist: Checklist, seen: Seen, draw: Draw) -> Sheet:
    """The answers to all items that a person answers at this school, with their findings and highlights."""
    items = [item for item in checklist.items if item.by == "person" and applies(item, seen)]
    answered = [(item, _answer(item, seen, draw)) for item in items if item.records == "answer"]
    findings = [_failed(item) for item, answer in answered if fails(item, answer)]
    return Sheet(
        answers=tuple(answer for _, answer in answered),
        findings=(*findings, *_outside(items, seen, draw)),
        highlights=tuple(_highlights(items, seen, draw)),
    )


def applies(item: Item, seen: Seen) -> bool:
    """Whether an item is asked here: about the branch at its lead school only; no first round had one before it."""
    school = seen.school
    return (
        (item.subject == "school" or school.organised == "own")
        and (not item.levels or school.level in item.levels)
        and (not item.organised or school.organised in item.organised)
        and item.principal_pilot in {None, seen.pilot}
        and school.party_members >= (item.members_at_least or 0)
        and not item.had_previous_round
    )


def fails(item: Item, answer: Given) -> bool:
    """Whether an answer is a finding: a no, or points below the pass mark."""
    if answer.shared_with is not None or answer.value is None:
        return False
    if item.type == "yes_no":
        return answer.value is False
    return item.type == "score" and int(answer.value) < (item.pass_mark or 0)


def _answer(item: Item, seen: Seen, draw: Draw) -> Given:
    lead = seen.branch.lead_school
    if item.code == _ROOM and lead != seen.school.id and not seen.counts["activity_room"]:
        return Given(item.code, None, shared_with=lead)
    return Given(item.code, _value(item, seen, draw))


def _value(item: Item, seen: Seen, draw: Draw) -> bool | int:
    if item.type == "count":
        return seen.counts[item.indicator or ""]
    if item.code == _ROOM:
        return seen.counts["activity_room"] > 0
    failed = draw.happens(_FAILS[item.type], "fails", seen.school.id, item.code)
    if item.type == "yes_no":
        return not failed
    lowest, passed, most = 0, item.pass_mark or 0, item.max or 0
    low, high = (lowest, passed - 1) if failed else (passed, most)
    return draw.between(low, high, "points", seen.school.id, item.code)


def _failed(item: Item) -> Finding:
    return Finding(
        item=item.code,
        area=item.area,
        description=f"{item.text}：现场检查未达到要求（{item.costs or item.how}）",
        severity=item.severity or "minor",
        mode=item.mode or "deadline",
        evidence=item.evidence,
    )


def _outside(items: Iterable[Item], seen: Seen, draw: Draw) -> Iterator[Finding]:
    """Now and then something is wrong that no item asks for."""
    for item in items:
        if item.records == "finding" and draw.happens(_OUTSIDE_THE_LIST, "outside", seen.school.id):
            yield Finding(None, item.area, "党建资料室堆放杂物，存在安全隐患", "minor", "immediate", evidence=True)


def _highlights(items: Iterable[Item], seen: Seen, draw: Draw) -> Iterator[str]:
    for item in items:
        if item.records == "highlight" and draw.happens(_HIGHLIGHT, "highlight", seen.school.id):
            yield f"{seen.school.name}：党员教师结对帮扶，每周一次微党课，做法可推广"
