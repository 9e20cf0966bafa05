"""Commands on one's own alerts: read 已读 and acknowledge 签收确认."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.cause import Actor, Cause
from runtime.clock import to_micros, to_text
from runtime.commands import Call, Outcome
from runtime.errors import Rejected
from services.notification.application.alert_changes import change_of
from services.notification.application.ports import Alerts, LoadedAlert
from services.notification.application.views import view
from services.notification.domain.alert import Alert, AlertEvent, NothingToAcknowledgeError

RECIPIENT: Final = "recipient"

Verb = Callable[[Alert, str], AlertEvent | None]


@dataclass(frozen=True, slots=True)
class Attention:
    """A person attends to an alert, at an instant, by a call."""

    call: Call
    person: str
    alert: str
    now: datetime


async def read_alert(alerts: Alerts, act: Attention) -> Outcome:
    """Mark it read; again changes nothing. Raises `NotFound` for anybody else's."""
    return await _attend(alerts, act, Alert.read)


async def acknowledge_alert(alerts: Alerts, act: Attention) -> Outcome:
    """Confirm it; again changes nothing. Raises `NotFound` for anybody else's, `Rejected` where none was asked for."""
    try:
        return await _attend(alerts, act, Alert.acknowledge)
    except NothingToAcknowledgeError as error:
        raise Rejected(error.code, error.zh, error.en, status=409) from error


async def _attend(alerts: Alerts, act: Attention, verb: Verb) -> Outcome:
    loaded = await alerts.get_own(act.alert, act.person)
    event = verb(loaded.alert, to_text(act.now))
    if event is None:
        return Outcome(changes=(), body=view(loaded))
    change = change_of(event, loaded.version, _cause(act, loaded.alert))
    after = LoadedAlert(event.alert, loaded.version + 1)
    return Outcome(changes=(change,), body=view(after), at=to_micros(act.now))


def _cause(act: Attention, alert: Alert) -> Cause:
    actor = Actor(person=act.person, role=RECIPIENT, organisation=alert.school)
    return Cause(command=act.call.command, request=act.call.request, actor=actor, at=to_text(act.now))
