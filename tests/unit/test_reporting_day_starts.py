"""What is remembered of the starts of days is what the rollups say, asked in any order."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting import day_starts
from services.reporting.day_starts import DayStarts
from services.reporting.days import day_of
from services.reporting.queries import Queries
from services.reporting.questions import Question
from services.reporting.scopes import Scope
from services.reporting.summing import Breakdown, groups
from tests.reporting_samples import DAY, Book, Log, issue, known, report, shanghai

T0 = shanghai("2026-09-20", "09:00:00.000000")
CITY = Question("issues", Breakdown("city"), Scope(open=None), "lists", "L")


class BookQueries(Queries):
    """Answers from a book in memory, and counts how many rollups it gave."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.given = 0

    async def rollups(self, question: Question, day: str, since: str = "") -> Sequence[Mapping[str, Any]]:
        found = [d for d in self.book.rollups.values() if d["subject"] == question.subject and since <= d["day"] <= day]
        self.given += len(found)
        return found


def three_weeks() -> Book:
    """Issues that are assigned, fall due, and are reported late or in time."""
    book, log = Book(known()), Log()
    for n in range(12):
        due = day_of(T0 + (n + n % 5) * DAY)
        book.apply([log.entry(issue(f"I-{n}", deadline=due), T0 + n * DAY)])
        done = issue(f"I-{n}", state="reported", owner="checker", deadline=due, reports=(report(n % 2 == 0),))
        book.apply([log.entry(done, T0 + (n + 4) * DAY)])
    return book


@settings(deadline=None)
@given(days=st.lists(st.integers(-2, 24), min_size=1, max_size=8), settled=st.booleans())
def test_any_order_of_days_gives_the_sums_of_the_rollups(days: list[int], settled: bool) -> None:
    book = three_weeks()
    starts = DayStarts(BookQueries(book))
    for n in days:
        day = day_of(T0 + n * DAY)
        found = groups(asyncio.run(starts.at(CITY, day, settled=settled)))
        wanted = groups(book.sums("issues", "city", -1, day))
        assert _nonzero(found) == _nonzero(wanted)


def _nonzero(found: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return {key: {name: n for name, n in measures.items() if n} for key, measures in found.items()}


async def test_remembered_start_is_not_read_again_and_a_later_one_only_from_there_on() -> None:
    queries = BookQueries(three_weeks())
    starts = DayStarts(queries)
    first = await starts.at(CITY, "2026-09-30", settled=True)
    read = queries.given
    assert await starts.at(CITY, "2026-09-30", settled=True) == first
    assert queries.given == read
    await starts.at(CITY, "2026-10-02", settled=True)
    assert queries.given == read + len(
        [d for d in queries.book.rollups.values() if "2026-09-30" <= d["day"] <= "2026-10-02"]
    )


async def test_what_is_not_settled_is_not_remembered() -> None:
    queries = BookQueries(three_weeks())
    starts = DayStarts(queries)
    await starts.at(CITY, "2026-09-30", settled=False)
    read = queries.given
    await starts.at(CITY, "2026-09-30", settled=False)
    assert queries.given == 2 * read


async def test_adding_to_the_answer_changes_nothing_remembered() -> None:
    starts = DayStarts(BookQueries(three_weeks()))
    first = await starts.at(CITY, "2026-09-30", settled=True)
    kept = {cell: dict(measures) for cell, measures in first.items()}
    first["city", ""]["assigned"] += 1
    assert await starts.at(CITY, "2026-09-30", settled=True) == kept


async def test_another_scope_or_another_ledger_shares_nothing() -> None:
    queries = BookQueries(three_weeks())
    starts = DayStarts(queries)
    await starts.at(CITY, "2026-09-30", settled=True)
    read = queries.given
    for question in (
        Question("issues", Breakdown("city"), Scope(open=frozenset({"S001"})), "lists", "L"),
        Question("issues", Breakdown("city"), Scope(open=None), "lists", "L2"),
        Question("issues", Breakdown("area"), Scope(open=None), "lists", "L"),
    ):
        before = queries.given
        await starts.at(question, "2026-09-30", settled=True)
        assert queries.given == before + read


async def test_memory_is_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(day_starts, "REMEMBERED", 2)
    queries = BookQueries(three_weeks())
    starts = DayStarts(queries)
    for day in ("2026-09-25", "2026-09-26", "2026-09-27"):
        await starts.at(CITY, day, settled=True)
    read = queries.given
    await starts.at(CITY, "2026-09-27", settled=True)
    assert queries.given == read
    await starts.at(CITY, "2026-09-25", settled=True)
    assert queries.given > read
