"""Reporting under measurement: its worker, how far it counted, and whether its rollups are exactly right."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pymongo import MongoClient

from bench._issues import Told, expected
from bench._topic import RoundTimeoutError
from dudao.bench import WrongOutputError
from services.reporting.contribution import key_of
from services.reporting.projections import ROLLUPS

_LOOK_EVERY_S: Final = 0.01
_FACETS: Final = ("all", "area", "severity")

Client = MongoClient[dict[str, Any]]


async def counted_to(client: Client, database: str, count: int, patience_s: float, ledger: str = "lists") -> float:
    """Wait until a consumer's watermarks stand at `count` entries of a ledger; the instant that was seen."""
    deadline = time.perf_counter() + patience_s
    while True:
        stands = sum(row["seq"] for row in client[database]["watermarks"].find({"ledger": ledger}, {"seq": 1}))
        now = time.perf_counter()
        if stands >= count:
            return now
        if now > deadline:
            raise RoundTimeoutError(f"{database}: {stands} of {count} entries within {patience_s:g} s")
        await asyncio.sleep(_LOOK_EVERY_S)


def require_exact(client: Client, database: str, told: Sequence[Told]) -> None:
    """Raises `WrongOutputError` unless every school's rollups add up to what these events say, number for number."""
    if client[database]["dead"].count_documents({}):
        raise WrongOutputError(f"{database}: events were set aside as poison")
    wanted = {school: dict(sums) for school, sums in expected(told).items()}
    found = {school: _without_zeros(sums) for school, sums in _sums(client, database).items()}
    found = {school: sums for school, sums in found.items() if sums}
    if found != wanted:
        wrong = sorted(school for school in wanted.keys() | found.keys() if found.get(school) != wanted.get(school))
        one = wrong[0]
        told_of_one = f"{one}: {found.get(one)} not {wanted.get(one)}"
        raise WrongOutputError(f"{database}: {len(wrong)} schools differ; {told_of_one}")


def _sums(client: Client, database: str) -> Mapping[str, Counter[str]]:
    sums: dict[str, Counter[str]] = {}
    for document in client[database][ROLLUPS].find({"subject": "issues"}):
        into = sums.setdefault(document["school"], Counter())
        for part in ("moved", "booked"):
            for name, n in _leaves(document.get(part, {})):
                into[name] += n
    return sums


def _leaves(part: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for kind in _FACETS:
        for key, measures in part.get(kind, {}).items():
            for measure, n in measures.items():
                yield f"{kind}.{key_of(key)}.{measure}", n


def _without_zeros(sums: Counter[str]) -> dict[str, int]:
    return {name: n for name, n in sums.items() if n}
