"""The lists of a million issues: every question that a person asks, over HTTP, against a plain system's way.

Ours is the product's own API process: gate, grants, reach, search, lights, JSON. The peer asks the same database, with
the same indexes, and the same page: the database chooses the index, pages are cut by offset, words are patterns; it
computes no lights and answers nobody over HTTP. A question that takes the peer longer than its patience counts as that.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import ExecutionTimeout

from bench._list_questions import Plain, Question, questions
from bench._listed_city import Listed, read_listed
from bench._lists_reader import Reader
from bench._lists_store import DATABASE, api, begin, store
from bench._rounds import percentile
from dudao.bench import Arm, Wanted, WrongOutputError, ceiling

ISSUES: Final = 1_000_000
QUICK: Final = 20_000
MOST_MS: Final = 50.0
_ASKED: Final = 60
_WARM_UPS: Final = 5
_PLAIN_ASKED: Final = 5
_PATIENCE_MS: Final = 2000
_PAGE: Final = 50
_NOTE: Final = "p99 of ours, over HTTP; the plain way's slowest, the database alone"

Document = dict[str, Any]


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    count, listed = wanted.size(ISSUES, QUICK), read_listed()
    with tempfile.TemporaryDirectory(prefix="dudao-bench-") as folder, store(listed, count, wanted) as url:
        asyncio.run(begin(url, listed))
        with api(url, Path(folder)) as base, MongoClient[Document](url) as client:
            return asyncio.run(_measure(base, listed, client[DATABASE]["issues"], wanted))


async def _measure(base: str, listed: Listed, issues: Collection[Document], wanted: Wanted) -> list[Arm]:
    arms = []
    async with Reader(base) as reader:
        for question in chosen(wanted.only):
            ours = await _ours(reader, question, listed, _ASKED // 5 if wanted.quick else _ASKED)
            peer = _plain(question, listed, issues) if wanted.peers else None
            _require_same(question, ours, peer)
            arms.append(_arm(question, ours.waits, peer.waits if peer else None))
            wanted.tell(f"{question.name}: p50 {percentile(ours.waits, 50):.1f}, p99 {arms[-1].ours:.1f} ms")
    return arms


def chosen(only: str) -> list[Question]:
    """Those with this text in their names; raises `WrongOutputError` for none: nothing measured is no goal met."""
    found = [question for question in questions() if only in question.name]
    if not found:
        raise WrongOutputError(f"no question has {only!r} in its name")
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """How long each time took, in milliseconds, and the ids of the first page that was whole."""

    waits: list[float]
    first: list[str] | None


async def _ours(reader: Reader, question: Question, listed: Listed, times: int) -> Found:
    waits, first = [], None
    for n in range(-_WARM_UPS, times):
        began = time.perf_counter()
        body = await reader.get(question.path(listed, n % times), question.person(listed, n % times))
        waits.append((time.perf_counter() - began) * 1000)
        if n == 0:
            first = _ids(msgspec.json.decode(body))
    return Found(waits[_WARM_UPS:], first)


def _ids(page: Document) -> list[str] | None:
    """The ids of the page in order; none where it is no list of issues, is ranked, or was cut by a bounded scan."""
    rows = page.get("items", page.get("issues"))
    ranked = "complete" in page
    if rows is None or ranked or any("what" in row for row in rows) or (len(rows) < _PAGE and page.get("next")):
        return None
    return [row["id"] for row in rows]


def _plain(question: Question, listed: Listed, issues: Collection[Document]) -> Found | None:
    if question.plain is None:
        return None
    waits, first = [], None
    for n in range(_PLAIN_ASKED):
        plain = question.plain(listed, n)
        began = time.perf_counter()
        try:
            rows = _page(plain, issues)
        except ExecutionTimeout:
            rows = None
        waits.append((time.perf_counter() - began) * 1000)
        if rows is None:
            # Once is enough to know.
            break
        if n == 0 and not plain.skip:
            first = [row["_id"] for row in rows]
    return Found(waits, first)


def _page(plain: Plain, issues: Collection[Document]) -> list[Document]:
    order = [("sought.due", 1), ("_id", 1)] if plain.by_due else [("entry.drafted_at", -1), ("_id", -1)]
    return list(issues.find(plain.match).sort(order).skip(plain.skip).limit(_PAGE).max_time_ms(_PATIENCE_MS))


def _require_same(question: Question, ours: Found, peer: Found | None) -> None:
    """Raises `WrongOutputError` where both have the first page and it is not the same."""
    if peer is None or ours.first is None or peer.first is None or question.name in _OTHERWISE:
        return
    if ours.first != peer.first:
        raise WrongOutputError(f"{question.name}: {ours.first[:3]}… where the plain way finds {peer.first[:3]}…")


# A task behind its own date shines yellow; who was relieved leads no more; drafts are their drafter's.
_OTHERWISE: Final = frozenset({"yellow light", "green light", "a school's own", "three lists, secretary"})


def _arm(question: Question, ours: Sequence[float], peer: Sequence[float] | None) -> Arm:
    return ceiling(
        question.name,
        ours=percentile(ours, 99),
        most=MOST_MS,
        peer=max(peer) if peer else None,
        unit="ms",
        ours_rounds=(percentile(ours, 50), percentile(ours, 90), percentile(ours, 99)),
        peer_rounds=tuple(peer or ()),
        note=_NOTE,
    )
