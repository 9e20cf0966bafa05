"""What entries are searched by, derived anew where it was derived by an older rule, or not at all.

States and events are untouched: these fields are kept beside a state and follow from it alone. Until this has run
through, entries of the older rule may be missing from what looks for them by the newer one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from services.inspection.application.sought import RULE, sought_by
from services.inspection.domain.evidence import Evidence
from services.inspection.domain.issue import Issue

AT_ONCE: Final = 500
SHAPES: Final[Mapping[str, type[Any]]] = {"issue": Issue, "evidence": Evidence}


@dataclass(frozen=True, slots=True)
class Stale:
    """An entry as it is stored, whose derived fields are of an older rule."""

    id: str
    version: int
    state: Mapping[str, Any]


class DerivedFields(Protocol):
    """The fields beside the states."""

    async def stale(self, kind: str, rule: int, limit: int) -> Sequence[Stale]:
        """At most `limit` entries of a kind whose fields are of another rule."""
        ...

    async def write(self, kind: str, fields: Sequence[tuple[Stale, Mapping[str, Any]]]) -> int:
        """Replaces the fields of those that are still of that version; gives how many."""
        ...


@dataclass(frozen=True, slots=True)
class Deriving:
    """Derives anew what is to be; a second process doing the same has no second effect."""

    fields: DerivedFields

    async def run(self) -> int:
        """All of them; gives how many entries. Raises `Retryable`."""
        done = 0
        for kind, shape in SHAPES.items():
            while page := await self.fields.stale(kind, RULE, AT_ONCE):
                derived = [(row, sought_by(kind, msgspec.convert(row.state, shape), row.state)) for row in page]
                written = await self.fields.write(kind, derived)
                done += written
                if not written:
                    # Somebody changed every one of them meanwhile; the next run looks again.
                    break
        return done
