"""Sums at the starts of days, remembered: once a day has begun and all before is counted, nothing changes them."""

from collections import OrderedDict
from typing import Final

from services.reporting.queries import Queries
from services.reporting.questions import Question
from services.reporting.summing import Sums, add_rollups, copied

REMEMBERED: Final = 512


class DayStarts:
    """The sums at the start of a day, from the nearest earlier one that is remembered and the rollups since."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._known: OrderedDict[tuple[Question, str], Sums] = OrderedDict()
        self._days: dict[Question, set[str]] = {}
        self._heads: dict[tuple[str, str, str], dict[int, int]] = {}

    async def at(self, question: Question, day: str, *, settled: bool) -> Sums:
        """The sums, free to be added to; raises `Retryable`.

        `settled` says that no event sealed before the day still waits among the dead rows: one that is applied later
        changes its own day, so only what is settled is remembered.
        """
        since = max((known for known in self._days.get(question, ()) if known <= day), default="")
        sums = copied(self._known[question, since]) if since else {}
        if since < day:
            rows = await self._queries.rollups(question, day, since)
            add_rollups(sums, rows, question.breakdown, day, since)
            if settled:
                self._remember(question, day, sums)
        return sums

    async def heads(self, question: Question, day: str, *, settled: bool) -> dict[int, int]:
        """The last seq of each stream sealed before the day, free to be changed; raises `Retryable`."""
        key = (question.ledger, question.ledger_id, day)
        found = self._heads.get(key)
        if found is None:
            found = await self._queries.heads_before(question.ledger, day)
            if settled:
                if len(self._heads) >= REMEMBERED:
                    self._heads.clear()
                self._heads[key] = found
        return dict(found)

    def _remember(self, question: Question, day: str, sums: Sums) -> None:
        self._known[question, day] = copied(sums)
        self._known.move_to_end((question, day))
        self._days.setdefault(question, set()).add(day)
        while len(self._known) > REMEMBERED:
            (oldest, old_day), _ = self._known.popitem(last=False)
            self._days[oldest].discard(old_day)
            if not self._days[oldest]:
                del self._days[oldest]
