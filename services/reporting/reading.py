"""From a sealed entry to the facts it states. Pure; what the registry knew at the time is an argument."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from contracts import alerts as alert_events
from contracts import lists as list_events
from runtime.ledger.model import Entry
from services.reporting.alerts import AlertData, alert_contribution
from services.reporting.contribution import Place
from services.reporting.folding import ALERTS, ISSUES, VISITS, Fact, Facts, Inventory
from services.reporting.issues import IssueData, issue_contribution
from services.reporting.visits import VisitData, indicator_values, place_of, visit_contribution

Data = IssueData | VisitData | AlertData

_DECODERS: Final[dict[str, Callable[[bytes], Data]]] = {
    event: decoder
    for events, decoder in (
        (list_events.ISSUE_EVENTS, msgspec.json.Decoder(IssueData).decode),
        (list_events.VISIT_EVENTS, msgspec.json.Decoder(VisitData).decode),
        (alert_events.ALERT_EVENTS, msgspec.json.Decoder(AlertData).decode),
    )
    for event in events
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry said: (school, registry seq) → place; checklist → item code → indicator."""

    places: Mapping[tuple[str, int], Place]
    indicators: Mapping[str, Mapping[str, str]]


def read(entry: Entry) -> Data | None:
    """The counted part of an event's data, none for types that are not counted; raises `msgspec.ValidationError`."""
    decode = _DECODERS.get(entry.type)
    return None if decode is None else decode(entry.data)


def registry_of(entry: Entry) -> int:
    """The registry's seq whose structure an event is counted by; 0 where it tells of none.

    The alerts ledger itself carries none: an alert counts by the structure of the event that it tells of.
    """
    if entry.type not in alert_events.ALERT_EVENTS:
        return entry.registry
    try:
        return structure_of(entry, read(entry))
    except msgspec.DecodeError:
        return entry.registry


def structure_of(entry: Entry, data: Data | None) -> int:
    """The same of an event that was read."""
    return (data.entry.registry or 0) if isinstance(data, AlertData) else entry.registry


def checklist_needed(data: Data | None) -> str | None:
    """The checklist whose indicators must be known to state this event's facts."""
    if isinstance(data, VisitData) and data.entry.state == "submitted":
        return data.entry.checklist
    return None


def facts_of(entry: Entry, data: Data | None, known: Known) -> Facts:
    """What the event says; raises `LookupError` for a school or checklist that the registry did not know then."""
    if data is None:
        return ()
    place = known.places[entry.key, structure_of(entry, data)]
    if isinstance(data, IssueData):
        return (Fact(ISSUES, data.entry.id, issue_contribution(data.entry, place)),)
    if isinstance(data, AlertData):
        return (Fact(ALERTS, data.entry.id, alert_contribution(data.entry, place)),)
    return _visit_facts(data, place, known)


def _visit_facts(data: VisitData, today: Place, known: Known) -> Facts:
    visit = data.entry
    place = place_of(visit, today)
    fact = Fact(VISITS, visit.id, visit_contribution(visit, place))
    if visit.state != "submitted":
        return (fact,)
    values = indicator_values(visit, known.indicators[visit.checklist])
    return (fact, Inventory(today.school, place, values))
