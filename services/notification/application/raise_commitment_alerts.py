"""Reaction to the registry's commitments: whoever is to sign is told, in the transaction that moves the watermark."""

from collections.abc import Sequence
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from contracts.persons import CommitmentEvent
from runtime.ledger.model import Entry, Unit
from services.notification.application.event_data import data_of
from services.notification.application.ports import AlertWriting
from services.notification.application.raise_alerts import Raising, unit_of
from services.notification.domain.commitments import Proposal, notices_of

SessionT = TypeVar("SessionT")
SessionT_contra = TypeVar("SessionT_contra", contravariant=True)

_TYPE: Final = "inspection.commitment.proposed.v1"
_DECODER: Final = msgspec.json.Decoder(CommitmentEvent)


class SchoolNames(Protocol[SessionT_contra]):
    """Schools as the registry told of them."""

    async def name_of(self, school: str, registry: int, session: SessionT_contra) -> str:
        """Its name as of that registry sequence number, that entry's own batch included; raises `NotFound`."""
        ...


class RaiseCommitmentAlerts(Generic[SessionT]):
    """A projection of the registry, beside its mirror: the same entries give the same alerts."""

    def __init__(self, names: SchoolNames[SessionT], writing: AlertWriting[SessionT]) -> None:
        self._names = names
        self._writing = writing

    async def apply(self, entries: Sequence[Entry], session: SessionT) -> None:
        """Write one unit per proposal to somebody else."""
        units = [unit for entry in entries if (unit := await self._unit(entry, session)) is not None]
        if units:
            await self._writing.write(units, session)

    async def _unit(self, entry: Entry, session: SessionT) -> Unit | None:
        if entry.type != _TYPE:
            return None
        proposal = _proposal(entry)
        told = notices_of(proposal, await self._names.name_of(proposal.school, entry.seq, session))
        subject = f"commitment/{proposal.commitment}"
        return unit_of(entry, Raising(school=proposal.school, subject=subject, source=None), told) if told else None


def _proposal(entry: Entry) -> Proposal:
    event = data_of(entry, _DECODER)
    made = event.entry
    return Proposal(
        commitment=made.id,
        person=made.person,
        school=made.school,
        year=made.year,
        kind=made.kind,
        actor=event.cause.actor.person,
    )
