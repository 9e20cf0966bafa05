"""Findings like one at hand: it came back 反弹, is known already, or is common 共性. A person decides."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from rapidfuzz import fuzz

from services.inspection.application import words
from services.inspection.application.reach import Reach
from services.inspection.application.searching import Row, Search, Term, Wanted
from services.inspection.domain.issue import ENDED

MOST: Final = 10
_LOOKED_AT: Final = 200
_ELSEWHERE: Final = 60
_ALIKE: Final = 60
_TOUR: Final = "inspection_tour"
_UNTRUE: Final = frozenset({"withdrawn", "merged"})
_TELLING: Final = 3
_SAME_ITEM: Final = 20
_HUNDRED: Final = 100
_SHOWN: Final = ("id", "number", "school", "state", "source", "area", "item", "description", "closings")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What is compared: a draft's words, or an issue's; `source` tells a tour's entry from the others."""

    id: str | None
    school: str
    item: str | None
    area: str | None
    text: str
    source: str | None = None

    @classmethod
    def of(cls, issue: Mapping[str, Any]) -> "Finding":
        """An issue as it is stored."""
        fields = {name: issue[name] for name in ("id", "school", "item", "area", "source")}
        return cls(**fields, text=issue["description"])


async def similar(search: Search, reach: Reach, finding: Finding) -> dict[str, list[Row]]:
    """`recurrences` (closed, same school), `doubles` (open, same school), `common` (other schools), within reach."""
    here, elsewhere = await asyncio.gather(_here(search, reach, finding), _elsewhere(search, reach, finding))
    # What is of an inspection tour and what is not are never tied to each other (`issue_assigning.require_recurrence`).
    tour = finding.source == _TOUR
    closed = [row for row in here if row["state"] == "closed" and (row["source"] == _TOUR) is tour]
    open_ = [row for row in here if row["state"] not in ENDED]
    return {
        "recurrences": _best(finding, closed),
        "doubles": _best(finding, open_),
        "common": _best(finding, elsewhere),
    }


async def _here(search: Search, reach: Reach, finding: Finding) -> list[Row]:
    wanted = Wanted(schools=frozenset({finding.school}))
    return await search.newest(reach, wanted, _LOOKED_AT)


async def _elsewhere(search: Search, reach: Reach, finding: Finding) -> list[Row]:
    looks = []
    if finding.item is not None:
        looks.append(_of_item(search, reach, finding.item))
    grams = words.pairs(finding.text)
    if grams:
        # An issue has its own words: one that no other has tells nothing.
        telling = await search.rarest(grams, 1 if finding.id is None else 2, _TELLING)
        looks += [_with_gram(search, reach, gram) for gram in telling]
    rows = chain(*await asyncio.gather(*looks))
    return [row for row in rows if row["school"] != finding.school and row["state"] not in _UNTRUE]


async def _of_item(search: Search, reach: Reach, item: str) -> list[Row]:
    return await search.newest(reach, Wanted(equal={"item": item}), _ELSEWHERE)


async def _with_gram(search: Search, reach: Reach, gram: str) -> list[Row]:
    return (await search.candidates(reach, Wanted(terms=(Term((gram,)),)), _ELSEWHERE))[0]


def _best(finding: Finding, rows: Iterable[Row]) -> list[Row]:
    """The likeliest, each with its score (0…100) and why it is proposed."""
    others = {row["id"]: row for row in rows if row["id"] != finding.id and row["state"] not in _UNTRUE}
    asked = _spaced(finding.text)
    scored = [(*_judged(finding, asked, row), row) for row in others.values()]
    kept = sorted(((score, why, row) for score, why, row in scored if why), key=lambda one: (-one[0], one[2]["id"]))
    return [{name: row[name] for name in _SHOWN} | {"score": score, "why": why} for score, why, row in kept[:MOST]]


def _judged(finding: Finding, asked: str, row: Row) -> tuple[int, list[str]]:
    """How alike `asked`, and the reasons: the same item, alike in words (then the words that both have)."""
    alike = round(fuzz.token_set_ratio(asked, _spaced(row["description"])))
    same_item = finding.item is not None and finding.item == row["item"]
    why = ["same_item"] if same_item else []
    if alike >= _ALIKE:
        why += ["alike_text", *(["same_area"] if finding.area == row["area"] else [])]
    return min(_HUNDRED, alike + (_SAME_ITEM if same_item else 0)), why


def _spaced(text: str) -> str:
    """Its pairs as words: what the comparison by sets of words wants of a language without spaces."""
    return " ".join(words.pairs(text))
