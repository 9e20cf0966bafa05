"""What somebody looks for in the issue lists, and how it is answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from rapidfuzz import fuzz

from runtime.errors import Rejected
from services.inspection.application import words
from services.inspection.application.days import Days
from services.inspection.application.ports import Ports
from services.inspection.application.reach import Reach
from services.inspection.domain.issue_lights import Horizon, Light
from services.inspection.domain.moment import Moment
from services.inspection.domain.registry import School

Row = dict[str, Any]
Key = tuple[str, str]
Order = Literal["newest", "due"]
Kind = Literal["issue", "assignment", "all"]
CANDIDATES: Final = 200
BRIEF: Final = (
    "id", "number", "school", "state", "source", "area", "item", "description", "drafted_at", "closings",
)  # fmt: skip
"""The fields of a row by which it is ranked, compared and proposed."""
_NUMBER: Final = re.compile(r"(RW-)?\d{4}-\d{1,8}-\d{1,8}")
_SURE: Final = 100


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question: the grams of a text that has it, and the schools that are called so."""

    grams: tuple[str, ...]
    schools: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Filters; empty ones let everything through. `schools` none: wherever; a `light` needs the `days` it goes by;
    `kind` tells issues from schools' parts of tasks from above.

    By `due`, as by a light or a range of days, only entries are found that have a light.
    """

    schools: frozenset[str] | None = None
    equal: Mapping[str, str] = field(default_factory=dict)
    among: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lead: str | None = None
    card: str | None = None
    light: Light | None = None
    due_from: str | None = None
    due_to: str | None = None
    days: Days | None = None
    terms: tuple[Term, ...] = ()
    order: Order = "newest"
    kind: Kind = "issue"


@dataclass(frozen=True, slots=True)
class Found:
    """Rows in order; `next` is the key to go on after, also where a bounded scan ended before the page was full."""

    rows: list[Row]
    next: Key | None


class Search(Protocol):
    """The issue list, searched within a reader's reach."""

    async def page(self, reach: Reach, wanted: Wanted, after: Key | None, limit: int) -> Found:
        """At most `limit` rows beyond `after`: by newest (drafted_at, id) or by due (day, id)."""
        ...

    async def newest(self, reach: Reach, wanted: Wanted, limit: int) -> list[Row]:
        """The newest within reach, at most so many, each with its `BRIEF` fields."""
        ...

    async def whole(self, reach: Reach, ids: Sequence[str]) -> dict[str, Row]:
        """The rows of these ids that are within reach, by id."""
        ...

    async def rarest(self, grams: Sequence[str], least: int, most: int) -> list[str]:
        """At most `most` of these grams: those that the fewest entries have, but at least `least`."""
        ...

    async def candidates(self, reach: Reach, wanted: Wanted, most: int) -> tuple[list[Row], bool]:
        """Rows that have every term, newest first, at most so many, in brief; and whether these are all."""
        ...


async def places(ports: Ports, division: str | None, level: str | None, school: str | None) -> frozenset[str] | None:
    """The schools that are meant; none for wherever."""
    found = None if school is None else frozenset({school})
    if division is not None:
        of_division = await ports.registry.schools_of(division)
        found = of_division if found is None else found & of_division
    if level is not None:
        of_level = frozenset(s.id for s in await ports.registry.city_schools() if s.level == level)
        found = of_level if found is None else found & of_level
    return found


async def days_for(ports: Ports, now: Moment) -> Days:
    """What a light goes by today, as `issue_lights.light` has it."""
    elsewhere = [
        (await ports.registry.schools_of(division), Horizon.of(now.of_division(division)).soon)
        for division in sorted(now.calendars.holidays)
    ]
    here = Horizon.of(now)
    return Days(here.today, here.soon, tuple(elsewhere))


def terms_of(question: str, schools: list[School]) -> tuple[Term, ...]:
    """Raises `Rejected` where no word has two characters."""
    found = words.terms(question)
    if not found:
        raise Rejected("text-too-short", "检索词至少两个字", "search for at least two characters")
    return tuple(
        Term(tuple(words.asked(term)), tuple(s.id for s in schools if words.names(term, s.name))) for term in found
    )


def number_of(question: str) -> str | None:
    """The issue number that the question is, if it is one."""
    return question.strip() if _NUMBER.fullmatch(question.strip()) else None


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows by how well they fit, best first; whether everything that fits was looked at."""

    rows: list[Row]
    complete: bool


async def ranked(search: Search, reach: Reach, wanted: Wanted, question: str) -> Ranked:
    """At most `CANDIDATES` rows with every term, in brief, by how much of the question stands in them together."""
    rows, complete = await search.candidates(reach, wanted, CANDIDATES)
    asked = "".join(words.terms(question))
    scored = [row | {"score": _score(asked, wanted.terms, row)} for row in rows]
    scored.sort(key=lambda row: row["id"])
    scored.sort(key=lambda row: (row["score"], row["drafted_at"]), reverse=True)
    return Ranked(scored, complete)


def _score(asked: str, terms: tuple[Term, ...], row: Row) -> int:
    if all(row["school"] in term.schools for term in terms):
        return _SURE
    text = row["description"]
    written = fuzz.partial_ratio(asked, text)
    # Where no letter is asked for, no initial can fit.
    spelt = fuzz.partial_ratio(asked, words.initials(text)) if words.has_letters(asked) else 0
    return round(max(written, spelt))
