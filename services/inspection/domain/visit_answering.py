"""Filling a checklist during a visit: types, bounds, applicability, 不适用, 共用."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.inspection.domain.authority import Authority
from services.inspection.domain.checklist import Checklist, Item, applies
from services.inspection.domain.facts import SchoolFacts
from services.inspection.domain.moment import Moment, instant_text
from services.inspection.domain.rules import OtherVisit
from services.inspection.domain.rules_checklist import AnswerChanged, BadSentTime
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
from services.inspection.domain.visit import Answer, Sent, Visit, VisitStep, on_the_visit, visit_step
from services.inspection.domain.wording import bounded, required

COUNT_LIMIT: Final = 100_000
SYSTEM: Final = "system"
_SKEW: Final = timedelta(minutes=5)
_TYPES: Final = {"yes_no": bool, "score": int, "count": int, "choice": str, "text": str}


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """An answer as given: exactly one of `value`, `not_applicable`, `shared_with`.

    `seen` is the version of the item's answer that was seen (0: none); without it only one's own is replaced. `sent` is
    the client's id and time of what was saved offline.
    """

    item: str
    value: bool | int | str | None = None
    not_applicable: bool = False
    shared_with: str | None = None
    note: str | None = None
    evidence: tuple[str, ...] = ()
    seen: int | None = None
    sent: Sent | None = None


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
    """Answers by the visiting team, each replacing the one that was seen; what was taken before is not taken twice.

    Raises `AnswerChanged` with what others saved meanwhile: then nothing is taken.
    """
    actor = on_the_visit(visit, "answer", authority)
    fits(visit, sheet)
    fresh = tuple(one for one in given if not _taken_before(visit, one, authority.person, moment))
    _require_seen(visit, fresh, authority.person)
    new = numbered(visit, read(fresh, authority, moment, sheet, authority.person))
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
            sent=sent_by_now(one.sent, moment),
        )
    return answers


def numbered(visit: Visit, new: dict[str, Answer]) -> dict[str, Answer]:
    """The new answers, each with the version after the one it replaces."""
    old = {answer.item: answer.version for answer in visit.answers}
    return {item: replace(answer, version=old.get(item, 0) + 1) for item, answer in new.items()}


def _taken_before(visit: Visit, given: Given, person: str, moment: Moment) -> bool:
    """Sent again, or saved offline before what the same person has answered since: that stays."""
    known, sent = visit.answer(given.item), sent_by_now(given.sent, moment)
    if sent is None or known is None:
        return False
    if known.sent is not None and known.sent.id == sent.id:
        return True
    return given.seen is None and known.by == person and sent.at <= (known.sent or known).at


def _require_seen(visit: Visit, given: tuple[Given, ...], person: str) -> None:
    known = {one.item: visit.answer(one.item) for one in given}
    changed = [known[one.item] for one in given if not _seen(one, known[one.item], person)]
    if changed:
        rows = [asdict(answer) for answer in changed if answer is not None]
        raise AnswerChanged(items="、".join(row["item"] for row in rows), changed=rows)


def _seen(given: Given, known: Answer | None, person: str) -> bool:
    if known is None:
        return True
    return known.by == person if given.seen is None else given.seen == known.version


def sent_by_now(sent: Sent | None, moment: Moment) -> Sent | None:
    """The client's id and time; raises `BadSentTime` for what is no instant or lies ahead of ours."""
    if sent is None:
        return None
    try:
        at = datetime.fromisoformat(sent.at)
        known = at <= moment.now + _SKEW
    except (ValueError, TypeError):
        raise BadSentTime(at=sent.at[:40]) from None
    if not known:
        raise BadSentTime(at=sent.at[:40])
    return Sent(id=sent.id, at=instant_text(at))


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
