"""What is summed for whom: the part of a report that its reads depend on."""

from dataclasses import dataclass

from services.reporting.scopes import Scope
from services.reporting.summing import Breakdown


@dataclass(frozen=True, slots=True)
class Question:
    """A subject, by a breakdown, within a scope, from a ledger; by its id too, since a replaced one tells of others."""

    subject: str
    breakdown: Breakdown
    scope: Scope
    ledger: str
    ledger_id: str


def fields_of(breakdown: Breakdown) -> dict[str, int]:
    """The fields of a rollup that answer a breakdown."""
    kind = breakdown.kind
    names = ("day", "school", "division", "level", "locality", "organised", f"moved.{kind}", f"booked.{kind}")
    return dict.fromkeys(names, 1)
