"""Reaction to lists events: alerts into the ledger, in the transaction that moves the watermark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from contracts.cause import Actor, Cause
from runtime.clock import from_micros, shanghai_day, to_text
from runtime.ids import derive_id
from runtime.ledger.model import Answer, Entry, Unit
from services.notification.application.alert_changes import change_of
from services.notification.application.issue_events import occurrence_of
from services.notification.application.material_events import material_told
from services.notification.application.ports import AlertWriting, Structures
from services.notification.application.request_events import request_told
from services.notification.domain.alert import Alert, AlertRaised
from services.notification.domain.materials import material_notices
from services.notification.domain.requests import request_notices
from services.notification.domain.rules import Notice, notices
from services.notification.domain.surroundings import Surroundings

SessionT = TypeVar("SessionT")

PRINCIPAL: Final = "service:notification"
COMMAND: Final = "RaiseAlerts"
_ACTOR: Final = Actor(person=PRINCIPAL, role="service", organisation="notification")


@dataclass(frozen=True, slots=True)
class Raising:
    """What alerts are about: a school, an entry `kind/id`, and an issue's source where it is one."""

    school: str
    subject: str
    source: str | None


class RaiseAlerts(Generic[SessionT]):
    """A projection of the lists: the same entries give the same alerts, whenever and however often they are read."""

    def __init__(self, structures: Structures, writing: AlertWriting[SessionT]) -> None:
        self._structures = structures
        self._writing = writing

    async def apply(self, entries: Sequence[Entry], session: SessionT) -> None:
        """Write one unit per entry that a rule fires for."""
        units = [unit for entry in entries if (unit := await self.unit(entry)) is not None]
        if units:
            await self._writing.write(units, session)

    async def unit(self, entry: Entry) -> Unit | None:
        """Everything one entry raises, None if nothing; raises `ValueError` on data that cannot be read."""
        request = request_told(entry)
        if request is not None:
            about = Raising(request.school, f"request/{request.request}", None)
            asked = request_notices(request, await self._around(request.school, None, entry))
            return unit_of(entry, about, asked) if asked else None
        material = material_told(entry)
        if material is not None:
            about = Raising(material.school, f"material/{material.material}", None)
            # Wherever the school is by now, the officers of the body that asked are to be known.
            officers = await self._structures.officers([material.organisation], entry.registry)
            around = (await self._around(material.school, None, entry)).knowing(officers)
            given = material_notices(material, around)
            return unit_of(entry, about, given) if given else None
        occurrence = occurrence_of(entry)
        if occurrence is None:
            return None
        around = await self._around(occurrence.school, occurrence.team, entry)
        if elsewhere := occurrence.bodies - {around.division, around.city}:
            # The school was moved since a body took over: that body's officers are to be told all the same.
            around = around.knowing(await self._structures.officers(sorted(elsewhere), entry.registry))
        told = notices(occurrence, around)
        about = Raising(occurrence.school, f"issue/{occurrence.issue}", occurrence.source)
        return unit_of(entry, about, told) if told else None

    async def _around(self, school: str, team: str | None, entry: Entry) -> Surroundings:
        around = await self._structures.around(school, team, entry.registry)
        return around.on(shanghai_day(from_micros(entry.at)).isoformat())


def unit_of(entry: Entry, about: Raising, told: Sequence[Notice]) -> Unit:
    """What an entry raises, as one unit: its request follows from the entry, so that it is written once."""
    request = derive_id(PRINCIPAL, COMMAND, entry.id)
    # The cause's sealing time, not the clock's: a replay must give the same bytes.
    raised_at = to_text(from_micros(entry.sealed_at))
    cause = Cause(command=COMMAND, request=request, actor=_ACTOR, at=raised_at)
    alerts = (_alert(entry, about, notice, raised_at) for notice in told)
    return Unit(
        request=request,
        body_hash=entry.hash.hex(),
        command=COMMAND,
        principal=PRINCIPAL,
        at=entry.sealed_at,
        changes=tuple(change_of(AlertRaised(alert), 0, cause) for alert in alerts),
        answer=Answer(status=204, body=b""),
        traceparent=entry.traceparent,
    )


def _alert(entry: Entry, about: Raising, notice: Notice, raised_at: str) -> Alert:
    return Alert(
        id=derive_id(entry.id, notice.rule, notice.person),
        rule=notice.rule,
        person=notice.person,
        school=about.school,
        event=entry.id,
        subject=about.subject,
        title=notice.title,
        text=notice.text,
        must_acknowledge=notice.must_acknowledge,
        raised_at=raised_at,
        source=about.source,
        registry=entry.registry,
    )
