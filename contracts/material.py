"""Events of the lists ledger about material 材料报送: what bodies above ask schools for, and what schools give."""

from typing import Literal

from msgspec import Struct

from contracts.cause import Actor, Cause
from contracts.lists import Clock, Deadline

MaterialState = Literal["asked", "given", "withdrawn"]


class Asking(Struct, frozen=True, kw_only=True):
    """The act that an entry is one school's part of; so many `schools` were asked in it."""

    id: str
    number: str
    title: str
    schools: int


class Piece(Struct, frozen=True, kw_only=True):
    """One named piece, with the checklist item that it is for; given as evidence, or with a note why there is none."""

    name: str
    item: str | None = None
    evidence: tuple[str, ...] = ()
    note: str | None = None


class Material(Struct, frozen=True, kw_only=True):
    """材料报送: what one school is to give by `due`; it counts in the school term 学期 in which it was asked for.

    `visit` and `team` where a team leader asks for a visit; `reason` where the school had been asked as often as the
    terms allow.
    """

    id: str
    number: str
    asking: Asking
    school: str
    term: str
    state: MaterialState
    pieces: tuple[Piece, ...]
    asked_by: Actor
    asked_at: str
    due: Deadline
    clock: Clock
    text: str | None = None
    visit: str | None = None
    team: str | None = None
    reason: str | None = None
    given_by: Actor | None = None
    given_at: str | None = None
    on_time: bool | None = None
    withdrawn_by: Actor | None = None
    withdrawn_at: str | None = None
    withdrawn_reason: str | None = None


class MaterialEvent(Struct, frozen=True, kw_only=True):
    """Data of every `inspection.material.*` event."""

    entry: Material
    cause: Cause


MATERIAL_EVENTS = (
    "inspection.material.asked.v1",
    "inspection.material.given.v1",
    "inspection.material.withdrawn.v1",
)
