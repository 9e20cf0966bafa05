"""One command as it arrived: who, when, under which request, having seen which version."""

from dataclasses import dataclass
from typing import Any

import msgspec

from contracts.cause import Actor as CauseActor
from contracts.cause import Cause
from runtime.clock import to_micros
from runtime.commands import Call, Outcome
from runtime.ids import derive_id
from runtime.ledger.model import Change
from services.inspection.application.ports import Loaded
from services.inspection.domain.actor import Actor
from services.inspection.domain.moment import Moment


@dataclass(frozen=True, slots=True)
class Act:
    """The request's id names everything that the command makes, so a retry makes the same."""

    call: Call
    moment: Moment

    @property
    def person(self) -> str:
        """Who acts."""
        return self.call.principal

    def new_id(self, *parts: str) -> str:
        """An id that a retry of the same request gives again."""
        return derive_id(self.call.request, *parts)

    def require(self, loaded: Loaded[object]) -> None:
        """Raises `Rejected` (412) when the caller saw another version than the one loaded."""
        self.call.require_version(loaded.version)

    def cause(self, actor: Actor, note: str | None = None) -> Cause:
        """What the events of this act carry beside the entry."""
        return Cause(
            command=self.call.command,
            request=self.call.request,
            actor=CauseActor(
                person=actor.person,
                role=actor.role,
                organisation=actor.organisation,
                acting_for=actor.acting_for,
            ),
            at=self.moment.text,
            note=note,
        )

    def changed(self, change: Change, *others: Change) -> Outcome:
        """The outcome of changing an entry that was there: the entry as it is now."""
        return self._outcome(200, (change, *others))

    def unchanged(self, loaded: Loaded[Any]) -> Outcome:
        """The outcome where everything is so already: the entry as it is, and nothing written."""
        body = {**msgspec.to_builtins(loaded.value), "version": loaded.version}
        return Outcome(changes=(), body=body, etag=f'"{loaded.version}"')

    def created(self, location: str, change: Change, *others: Change) -> Outcome:
        """The outcome of making an entry."""
        return self._outcome(201, (change, *others), f"{location}/{change.id}")

    def _outcome(self, status: int, changes: tuple[Change, ...], location: str | None = None) -> Outcome:
        version = changes[0].expected + 1
        return Outcome(
            changes=changes,
            status=status,
            body={**changes[0].state, "version": version},
            etag=f'"{version}"',
            location=location,
            at=to_micros(self.moment.now),
        )
