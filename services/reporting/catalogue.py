"""The reports there are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from contracts.ledgers import ALERTS as ALERTS_LEDGER
from contracts.ledgers import LISTS
from runtime.errors import Rejected
from services.reporting import alerts, formulas, issues, visits
from services.reporting.contribution import Measures
from services.reporting.folding import ALERTS, INDICATORS, ISSUES, VISITS
from services.reporting.summing import CITY, STRUCTURE, Breakdown


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

    def require(self, by: str) -> None:
        """Raise `Rejected` unless there is such a dimension."""
        if by not in self.dimensions:
            raise Rejected(
                "unknown-dimension",
                f"不能按“{by[:40]}”统计",
                f"cannot be counted by {by[:40]!r}",
                dimensions=list(self.dimensions),
            )

    def resolves(self, by: str) -> bool:
        """Whether there may be what was counted by school only: alerts of before they told of a registry seq.

        Their schools then stand as the registry stood at the instant asked for.
        """
        return self.subject == ALERTS and by in STRUCTURE

    def breakdown(self, by: str) -> Breakdown:
        """What is summed to answer by this dimension, each school apart where schools are counted or must be placed."""
        return Breakdown(by, per_school=self.subject == VISITS or self.resolves(by))


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
