"""Events of the registry ledger about what persons undertake: absences, commitments, nominations."""

from typing import Literal

from msgspec import Struct

from contracts.cause import Cause


class Absence(Struct, frozen=True, kw_only=True):
    """A secretary is away 外出, from the first to the last day: deputies act meanwhile."""

    id: str
    person: str
    starts: str
    ends: str
    reason: str
    ended: bool = False


class Commitment(Struct, frozen=True, kw_only=True):
    """A yearly letter 责任书 or a post claimed 业务示范岗/党员先锋岗; it holds once the person has signed it."""

    id: str
    person: str
    school: str
    year: int
    kind: Literal["teaching_letter", "integrity_letter", "model_post", "vanguard_post"]
    title: str
    signed_at: str | None
    retired: bool = False


class Nomination(Struct, frozen=True, kw_only=True):
    """A role of the city that one person proposes to give and a second one confirms."""

    id: str
    person: str
    role: str
    organisation: str
    by: str
    state: Literal["proposed", "confirmed", "declined"]
    decided_by: str | None


class AbsenceEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.absence.*`."""

    entry: Absence
    cause: Cause


class CommitmentEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.commitment.*`."""

    entry: Commitment
    cause: Cause


class NominationEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.nomination.*`."""

    entry: Nomination
    cause: Cause
