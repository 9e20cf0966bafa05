"""Filling a checklist during a visit: types, bounds, applicability, 不适用, 共用."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from services.inspection.domain.authority import Authority
from services.inspection.domain.checklist import Checklist, Item, applies
from services.inspection.domain.facts import SchoolFacts
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import OtherVisit
from services.inspection.domain.rules_input import TooMuchEvidence
from services.inspection.domain.rules_visit import (
    AnsweredTwice,
    AnswerOutOfRange,
    FactsOfOtherSchool,
    ItemDoesNotApply,
    OneAnswer,
    SharedOutsideBranch,
    SystemItem,
    UnknownItem,
    WrongAnswerType,
)
from services.inspection.domain.visit import Answer, Visit, VisitStep, on_the_visit, visit_step
from services.inspection.domain.wording import bounded, required

COUNT_LIMIT: Final = 100_000
SYSTEM: Final = "system"
_TYPES: Final = {"yes_no": bool, "score": int, "count": int, "choice": str, "text": str}


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """An answer as given: exactly one of `value`, `not_applicable`, `shared_with`."""

    item: str
    value: bool | int | str | None = None
    not_applicable: bool = False
    shared_with: str | None = None
    note: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What answers are read against: the visit's checklist version, the school today, whether it had a round before."""

    checklist: Checklist
    facts: SchoolFacts
    had_previous_round: bool

    def asked(self) -> tuple[Item, ...]:
        """The items that apply to the school, in order."""
        return tuple(item for item in self.checklist.items if applies(item, self.facts, self.had_previous_round))


def answer(visit: Visit, authority: Authority, moment: Moment, given: Iterable[Given], sheet: Sheet) -> VisitStep:
    """Answers by the visiting team, each replacing an earlier one to the same item."""
    actor = on_the_visit(visit, "answer", authority)
    fits(visit, sheet)
    new = read(tuple(given), authority, moment, sheet, authority.person)
    return visit_step(replace(visit, state="in_progress", answers=merged(visit, new, sheet)), "answered", actor)


def fits(visit: Visit, sheet: Sheet) -> None:
    """Raises unless the sheet is of the visit's checklist version and school."""
    if sheet.checklist.id != visit.checklist:
        raise OtherVisit
    if sheet.facts.school != visit.school:
        raise FactsOfOtherSchool


def read(given: tuple[Given, ...], authority: Authority, moment: Moment, sheet: Sheet, by: str) -> dict[str, Answer]:
    """Answers by item code, checked; `by` is a person or `SYSTEM`, each for its own items only."""
    answers: dict[str, Answer] = {}
    for one in given:
        if one.item in answers:
            raise AnsweredTwice(item=one.item)
        item = _item(one, sheet, by)
        _one_kind(one, item, authority, moment)
        answers[one.item] = Answer(
            item=one.item,
            value=one.value.strip() if isinstance(one.value, str) else one.value,
            not_applicable=one.not_applicable,
            shared_with=one.shared_with,
            note=bounded(one.note, moment.terms.note_length, "说明", "note"),
            evidence=tuple(dict.fromkeys(one.evidence)),
            by=by,
            at=moment.text,
        )
    return answers


def merged(visit: Visit, new: dict[str, Answer], sheet: Sheet) -> tuple[Answer, ...]:
    """Old and new answers in the order of the checklist."""
    answers = {answer.item: answer for answer in visit.answers} | new
    return tuple(answers[item.code] for item in sheet.checklist.items if item.code in answers)


def _item(one: Given, sheet: Sheet, by: str) -> Item:
    item = sheet.checklist.item(one.item)
    if item is None:
        raise UnknownItem(item=one.item[:40])
    if (item.by == SYSTEM) != (by == SYSTEM):
        raise SystemItem(item=item.code)
    if not applies(item, sheet.facts, sheet.had_previous_round):
        raise ItemDoesNotApply(item=item.code)
    return item


def _one_kind(one: Given, item: Item, authority: Authority, moment: Moment) -> None:
    if (one.value is not None) + one.not_applicable + (one.shared_with is not None) != 1:
        raise OneAnswer(item=item.code)
    if len(one.evidence) > moment.terms.evidence_pieces:
        raise TooMuchEvidence(limit=moment.terms.evidence_pieces)
    if one.shared_with is not None:
        others = authority.place.covered - {authority.place.school}
        if item.subject == "branch" or one.shared_with not in others:
            raise SharedOutsideBranch(item=item.code)
    if one.value is not None:
        _value(one.value, item, moment)


def _value(value: bool | int | str, item: Item, moment: Moment) -> None:
    # bool is a kind of int in Python, but "yes" is no count.
    if type(value) is not _TYPES[item.type]:
        raise WrongAnswerType(item=item.code, expected=item.type)
    if isinstance(value, str):
        required(value, moment.terms.description_length, f"条目{item.code}", f"answer to {item.code}")
    elif item.type != "yes_no":
        limit = COUNT_LIMIT if item.max is None else item.max
        if not 0 <= value <= limit:
            raise AnswerOutOfRange(item=item.code, limit=limit)
