"""What a visit counts, and what its answers say the school has. Reads only what it needs of the event's full state."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from services.reporting.contribution import EVERYTHING, ONLY_ALL, Contribution, Measures, Place, Stored, facet

FACETS: Final = ("round", "team", "kind")
STATES: Final = ("planned", "in_progress", "submitted", "cancelled")


class AnswerFacts(Struct, frozen=True):
    """An answer: a value, not applicable, or shared with another school."""

    item: str
    value: bool | int | str | None
    not_applicable: bool = False
    shared_with: str | None = None


class SchoolFacts(Struct, frozen=True, gc=False):
    """The school as it stood when the visit was submitted."""

    division: str
    level: str
    locality: str
    organised: str


class HighlightFacts(Struct, frozen=True, gc=False):
    """A highlight 亮点."""

    id: str


class VisitFacts(Struct, frozen=True):
    """The part of `contracts.lists.Visit` that reports count."""

    id: str
    round: str
    team: str
    kind: str
    checklist: str
    state: str
    answers: tuple[AnswerFacts, ...]
    highlights: tuple[HighlightFacts, ...]
    facts: SchoolFacts | None
    score: int | None
    issues: tuple[str, ...]


class VisitData(Struct, frozen=True):
    """Data of a visit's event."""

    entry: VisitFacts


def place_of(visit: VisitFacts, today: Place) -> Place:
    """A submitted visit says itself how its school stood; any other counts where the school stood at the event."""
    facts = visit.facts
    if facts is None:
        return today
    return Place(today.school, facts.division, facts.level, facts.locality, facts.organised)


def visit_contribution(visit: VisitFacts, place: Place) -> Contribution:
    """One in its state; a submitted one also its score (hundredths), highlights and findings."""
    measures: Measures = {f"state:{visit.state}": 1}
    if visit.state == "submitted":
        measures["submitted"] = 1
        measures[f"submitted:{place.organised}"] = 1
        measures["highlights"] = len(visit.highlights)
        measures["findings"] = len(visit.issues)
        if visit.score is not None:
            measures["scored"] = 1
            measures["score"] = visit.score
    facets = (EVERYTHING, facet("round", visit.round), facet("team", visit.team), facet("kind", visit.kind))
    return Contribution(place, facets, {name: n for name, n in measures.items() if n})


def indicator_values(visit: VisitFacts, indicators: Mapping[str, str]) -> Measures:
    """What a submitted visit counted: indicator → number; `indicators` maps the checklist's item codes to indicators.

    不适用 counts nothing; 共用 counts nothing for the sharer, since the thing is counted at the school that owns it.
    """
    counted: Measures = {}
    if visit.state != "submitted":
        return counted
    for answer in visit.answers:
        indicator = indicators.get(answer.item)
        if indicator is not None:
            counted[indicator] = counted.get(indicator, 0) + _number(answer)
    return counted


def _number(answer: AnswerFacts) -> int:
    if answer.not_applicable or answer.shared_with is not None or isinstance(answer.value, str):
        return 0
    return int(answer.value or 0)


def inventory(old: Stored | None, values: Measures, place: Place, seq: int, version: int) -> Stored:
    """What a school has after another visit: its newest answer to each indicator. `seq` is the event's in its stream.

    A visit applied late (from the dead rows) does not overrule a newer one: `marks` keeps who spoke last.
    """
    marks = dict(old.marks) if old else {}
    known = dict(old.contribution.measures) if old and old.contribution else {}
    for indicator, n in values.items():
        if marks.get(indicator, 0) < seq:
            marks[indicator] = seq
            known[indicator] = n
    newest = old is None or old.contribution is None or seq >= max(marks.values(), default=0)
    at = place if newest or old is None or old.contribution is None else old.contribution.place
    return Stored(version, Contribution(at, ONLY_ALL, {name: n for name, n in known.items() if n}), marks)
