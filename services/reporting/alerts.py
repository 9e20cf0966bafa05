"""What an alert counts: raised, read, acknowledged, by rule. Reads only what it needs of the event's full state."""

from typing import Final

from msgspec import Struct

from services.reporting.contribution import EVERYTHING, Contribution, Measures, Place, facet
from services.reporting.issues import TOUR

FACETS: Final = ("rule",)


class AlertFacts(Struct, frozen=True):
    """The part of `contracts.alerts.Alert` that reports count."""

    id: str
    rule: str
    must_acknowledge: bool
    read_at: str | None
    acknowledged_at: str | None
    source: str | None
    registry: int | None = None


class AlertData(Struct, frozen=True):
    """Data of an alert's event."""

    entry: AlertFacts


def alert_contribution(alert: AlertFacts, place: Place) -> Contribution:
    """One raised; read and acknowledged once it was; `awaited` while it must be acknowledged and is not."""
    measures: Measures = {"raised": 1}
    if alert.read_at is not None:
        measures["read"] = 1
    if alert.acknowledged_at is not None:
        measures["acknowledged"] = 1
    elif alert.must_acknowledge:
        measures["awaited"] = 1
    return Contribution(
        place._replace(tour=True) if alert.source == TOUR else place, (EVERYTHING, facet("rule", alert.rule)), measures
    )
