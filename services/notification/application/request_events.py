"""From a sealed entry of the lists ledger to what it tells of a request."""

from typing import Final

import msgspec

from contracts.liaison import RequestEvent
from runtime.ledger.model import Entry
from services.notification.application.event_data import data_of
from services.notification.domain.occurrence import Due
from services.notification.domain.requests import REQUEST_VERBS, RequestTold

_VERBS: Final = {f"inspection.request.{verb}.v1": verb for verb in REQUEST_VERBS}
_DECODER: Final = msgspec.json.Decoder(RequestEvent)


def request_told(entry: Entry) -> RequestTold | None:
    """What the entry tells, None where no rule listens; raises `ValueError` on data that is not a request's event."""
    verb = _VERBS.get(entry.type)
    if verb is None:
        return None
    event = data_of(entry, _DECODER)
    request = event.entry
    return RequestTold(
        verb=verb,
        request=request.id,
        number=request.number,
        school=request.school,
        asked_by=request.asked_by.person,
        actor=event.cause.actor.person,
        reply_by=Due(request.reply_by.day, request.reply_by.provisional),
        moved=any(one.at == event.cause.at and one.before.day != one.after.day for one in request.recounts),
    )
