"""From a sealed entry of the lists ledger to what it tells of material that a school is asked for."""

from typing import Final

import msgspec

from contracts.material import MaterialEvent
from runtime.ledger.model import Entry
from services.notification.application.event_data import data_of
from services.notification.domain.materials import MATERIAL_VERBS, MaterialTold

_VERBS: Final = {f"inspection.material.{verb}.v1": verb for verb in MATERIAL_VERBS}
_DECODER: Final = msgspec.json.Decoder(MaterialEvent)


def material_told(entry: Entry) -> MaterialTold | None:
    """What the entry tells, None where no rule listens; raises `ValueError` on data that is not a material's event."""
    verb = _VERBS.get(entry.type)
    if verb is None:
        return None
    event = data_of(entry, _DECODER)
    material = event.entry
    return MaterialTold(
        verb=verb,
        material=material.id,
        number=material.number,
        school=material.school,
        asked_by=material.asked_by.person,
        role=material.asked_by.role,
        organisation=material.asked_by.organisation,
        actor=event.cause.actor.person,
        due=material.due.day,
    )
