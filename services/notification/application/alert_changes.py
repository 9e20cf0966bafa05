"""Alerts to ledger changes: the one place where alert events get their bytes."""

from typing import Any, Final

import msgspec

from contracts.alerts import Alert as WireAlert
from contracts.alerts import AlertEvent as WireEvent
from contracts.cause import Cause
from contracts.ledgers import ALERTS, stream_of
from runtime.canonical import encode
from runtime.ledger.model import Change, Event
from services.notification.domain.alert import AlertAcknowledged, AlertEvent, AlertRaised, AlertRead

COLLECTION: Final = "alerts"
_TYPES: Final[dict[type[AlertEvent], str]] = {
    AlertRaised: "notification.alert.raised.v1",
    AlertRead: "notification.alert.read.v1",
    AlertAcknowledged: "notification.alert.acknowledged.v1",
}


def change_of(event: AlertEvent, expected: int, cause: Cause) -> Change:
    """The change an event makes to its alert; `expected` is the version it was loaded at, 0 for a new one."""
    state: dict[str, Any] = msgspec.to_builtins(event.alert)
    aggregate = f"alert/{event.alert.id}"
    data = WireEvent(entry=WireAlert(**state), cause=cause)
    return Change(
        ledger=ALERTS.name,
        stream=stream_of(ALERTS, event.alert.school),
        key=event.alert.school,
        collection=COLLECTION,
        id=event.alert.id,
        aggregate=aggregate,
        expected=expected,
        state=state,
        events=(Event(type=_TYPES[type(event)], subject=aggregate, data=encode(data)),),
    )
