"""How a report is answered at an instant: exact, and the same bytes whenever it is asked again."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from contracts.ledgers import REGISTRY
from runtime import canonical
from runtime.clock import from_micros, from_text, to_micros, to_text
from runtime.errors import Rejected, Retryable
from services.reporting.catalogue import Report
from services.reporting.contribution import NONE
from services.reporting.day_starts import DayStarts
from services.reporting.days import day_of
from services.reporting.figures import figures
from services.reporting.folding import ALERTS
from services.reporting.of_day import OfDay
from services.reporting.queries import Queries
from services.reporting.questions import Question
from services.reporting.registry import Structures
from services.reporting.scopes import Scope
from services.reporting.summing import Sums, regrouped

# Breakdowns that set organisations side by side are rankings: inspection-tour entries are in none.
RANKINGS: Final = frozenset({"school", "team", "division"})
_RETRY_AFTER_S: Final = 5


class Reports:
    """Answers reports from the rollups."""

    def __init__(self, queries: Queries, of_day: OfDay, structures: Structures) -> None:
        self._queries = queries
        self._starts = DayStarts(queries)
        self._of_day = of_day
        self._structures = structures

    async def answer(self, report: Report, by: str, as_of: str | None, scope: Scope) -> dict[str, Any]:
        """The report at `as_of` (RFC 3339; None: the newest instant reached).

        Raises `Rejected`: `unknown-dimension`, `as-of-invalid` (422), `as-of-not-reached` (425); and `Retryable`.
        """
        report.require(by)
        newest, ledger_id = await self._reached(report)
        instant = newest if as_of is None else _parse(as_of)
        _refuse_later(instant, newest)
        counted = scope.without_tours() if by in RANKINGS else scope
        provisional = await self._queries.provisional(report.ledger, instant)
        question = Question(report.subject, report.breakdown(by), counted, report.ledger, ledger_id)
        sums, heads = await self._sums(question, instant, settled=not provisional)
        if report.resolves(by) and any(group == NONE for group, _ in sums):
            sums = regrouped(sums, await self._structures.at(instant), by)
        return {
            "report": report.name,
            "by": by,
            "as_of": to_text(from_micros(instant)),
            "inspection_tour": "left_out" if counted.tour == frozenset() else "included",
            "provisional": provisional,
            "ledgers": {report.ledger: heads_told(heads, counted)},
            **figures(report, sums),
        }

    async def _reached(self, report: Report) -> tuple[int, str]:
        """The newest instant that can be asked for, and the id of the ledger that is counted."""
        needed = [REGISTRY.name, report.ledger] if report.subject == ALERTS else [report.ledger]
        found = [row for row in [await self._queries.reached(ledger) for ledger in needed] if row is not None]
        if len(found) < len(needed):
            raise Retryable("还没有追上账本，请稍后再试 / the ledger has not been caught up with yet")
        return min(row.sealed_through for row in found), found[-1].ledger_id

    async def _sums(self, question: Question, instant: int, *, settled: bool) -> tuple[Sums, dict[int, int]]:
        """The sums at the instant, and the last seq of each stream that is in them."""
        day = day_of(instant)
        sums = await self._starts.at(question, day, settled=settled)
        heads = await self._starts.heads(question, day, settled=settled)
        part = await self._of_day.read(question, day, instant)
        part.add_to(sums, question)
        for stream, seq in part.heads.items():
            heads[stream] = max(seq, heads.get(stream, 0))
        return sums, heads


def heads_told(heads: Mapping[int, int], scope: Scope) -> dict[str, Any]:
    """The heads by stream, and a digest (SHA-256 of their canonical JSON).

    Whoever reads less than the city gets the digest alone: a stream that grew would tell of entries hidden from them.
    """
    streams = {str(stream): seq for stream, seq in heads.items()}
    digest = hashlib.sha256(canonical.encode(streams)).hexdigest()
    return {"streams": streams if scope.open is None else {}, "digest": digest}


def _refuse_later(instant: int, newest: int) -> None:
    if instant > newest:
        raise Rejected(
            "as-of-not-reached",
            "所问时刻尚未统计到，请稍后再试",
            "Not everything up to that instant has been counted yet; try again shortly",
            status=425,
            reached=to_text(from_micros(newest)),
            retry_after=_RETRY_AFTER_S,
        )


def _parse(text: str) -> int:
    try:
        return to_micros(from_text(text))
    except (ValueError, OverflowError):
        raise Rejected(
            "as-of-invalid",
            "as_of 应为带时区的 RFC 3339 时刻，例如 2026-09-30T23:59:59Z",
            "as_of must be an RFC 3339 instant with an offset, e.g. 2026-09-30T23:59:59Z",
        ) from None
