"""The reports there are, and how one is answered at an instant: exact, and the same bytes whenever asked again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.ledgers import ALERTS as ALERTS_LEDGER
from contracts.ledgers import LISTS, REGISTRY
from runtime.clock import from_micros, from_text, to_micros, to_text
from runtime.errors import Rejected, Retryable
from services.reporting import alerts, formulas, issues, visits
from services.reporting.contribution import NONE, Measures
from services.reporting.days import day_of
from services.reporting.folding import ALERTS, INDICATORS, ISSUES, VISITS
from services.reporting.queries import Queries
from services.reporting.registry import Structures
from services.reporting.scopes import Scope
from services.reporting.summing import CITY, STRUCTURE, Sums, add_changes, add_rollups, groups, placed, schools, total

# Breakdowns that set organisations side by side are rankings: inspection-tour entries are in none.
RANKINGS: Final = frozenset({"school", "team", "division"})
_RETRY_AFTER_S: Final = 5


@dataclass(frozen=True, slots=True)
class Report:
    """One report: what it counts, from which ledger, by what, and its formula over a group's measures."""

    name: str
    subject: str
    ledger: str
    facets: tuple[str, ...]
    formula: Callable[[Measures], dict[str, Any]]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be broken down by."""
        return (CITY, *STRUCTURE, *self.facets)


REPORTS: Final = {
    report.name: report
    for report in (
        Report("rectification", ISSUES, LISTS.name, issues.FACETS, formulas.rectification),
        Report("issues", ISSUES, LISTS.name, issues.FACETS, formulas.issues),
        Report("visits", VISITS, LISTS.name, visits.FACETS, formulas.visits),
        Report("indicators", INDICATORS, LISTS.name, (), formulas.indicators),
        Report("alerts", ALERTS, ALERTS_LEDGER.name, alerts.FACETS, formulas.alerts),
    )
}


class Reports:
    """Answers reports from the rollups."""

    def __init__(self, queries: Queries, structures: Structures) -> None:
        self._queries = queries
        self._structures = structures

    async def answer(self, report: Report, by: str, as_of: str | None, scope: Scope) -> dict[str, Any]:
        """The report at `as_of` (RFC 3339; None: the newest instant reached).

        Raises `Rejected`: `unknown-dimension`, `as-of-invalid` (422), `as-of-not-reached` (425); and `Retryable`.
        """
        if by not in report.dimensions:
            raise Rejected(
                "unknown-dimension",
                f"不能按“{by[:40]}”统计",
                f"cannot be counted by {by[:40]!r}",
                dimensions=list(report.dimensions),
            )
        instant = await self._instant(report, as_of)
        counted = scope.without_tours() if by in RANKINGS else scope
        sums = await self._sums(report, by, instant, counted)
        return {
            "report": report.name,
            "by": by,
            "as_of": to_text(from_micros(instant)),
            "inspection_tour": "left_out" if counted.tour == frozenset() else "included",
            "provisional": await self._queries.provisional(report.ledger, instant),
            "ledgers": {report.ledger: await self._queries.heads(report.ledger, day_of(instant), instant)},
            **figures(report, sums),
        }

    async def _instant(self, report: Report, as_of: str | None) -> int:
        needed = [report.ledger, REGISTRY.name] if report.subject == ALERTS else [report.ledger]
        through = [await self._queries.reached(ledger) for ledger in needed]
        if None in through:
            raise Retryable("还没有追上账本，请稍后再试 / the ledger has not been caught up with yet")
        newest = min(found.sealed_through for found in through if found is not None)
        instant = newest if as_of is None else _parse(as_of)
        if instant > newest:
            raise Rejected(
                "as-of-not-reached",
                "所问时刻尚未统计到，请稍后再试",
                "Not everything up to that instant has been counted yet; try again shortly",
                status=425,
                reached=to_text(from_micros(newest)),
                retry_after=_RETRY_AFTER_S,
            )
        return instant

    async def _sums(self, report: Report, by: str, instant: int, scope: Scope) -> Sums:
        day = day_of(instant)
        rollups = await self._queries.rollups(report.subject, by, day, scope)
        changes = await self._queries.changes(report.subject, day, instant, scope)
        if report.subject == ALERTS and by in STRUCTURE:
            # Alerts carry no registry seq: their schools stand as the registry stood at the instant asked for.
            places = await self._structures.at(instant)
            rollups, changes = placed(rollups, places), placed(changes, places)
        sums: Sums = {}
        add_rollups(sums, rollups, by, day)
        add_changes(sums, changes, by)
        return sums


def figures(report: Report, sums: Sums) -> dict[str, Any]:
    """Groups by key (null: of none) without those that count nothing, and all together."""
    told = {key: measures for key, measures in groups(sums).items() if any(measures.values())}
    per_school = visited(sums) if report.subject == VISITS else {}
    rows = [
        {"key": None if key == NONE else key, **report.formula(_nonzero(told[key])), **per_school.get(key, {})}
        for key in sorted(told)
    ]
    everything = report.formula(_nonzero(total(told.values())))
    if report.subject == VISITS:
        everything |= visited({(CITY, school): measures for school, measures in schools(sums).items()}).get(
            CITY, _no_schools()
        )
    return {"groups": rows, "total": everything}


def visited(sums: Sums) -> dict[str, dict[str, Any]]:
    """Group → schools with a submitted visit, each once; and by how they were organised when it was submitted."""
    found: dict[str, dict[str, Any]] = {}
    for (group, _), measures in sums.items():
        row = found.setdefault(group, _no_schools())["schools"]
        forms = [form for form in ("own", "joint", "affiliated") if measures.get(f"submitted:{form}", 0) > 0]
        for form in forms:
            row[form] += 1
        row["visited"] += bool(forms)
        row["joint_or_affiliated"] += bool(set(forms) - {"own"})
    return found


def _no_schools() -> dict[str, Any]:
    return {"schools": dict.fromkeys(("visited", "own", "joint", "affiliated", "joint_or_affiliated"), 0)}


def _nonzero(measures: Mapping[str, int]) -> Measures:
    return {name: n for name, n in measures.items() if n}


def _parse(text: str) -> int:
    try:
        return to_micros(from_text(text))
    except (ValueError, OverflowError):
        raise Rejected(
            "as-of-invalid",
            "as_of 应为带时区的 RFC 3339 时刻，例如 2026-09-30T23:59:59Z",
            "as_of must be an RFC 3339 instant with an offset, e.g. 2026-09-30T23:59:59Z",
        ) from None
