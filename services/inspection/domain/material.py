"""材料报送: named material that a body above asks of a school by a day; the school answers with evidence.

asked → given, or withdrawn. The school's clock runs from the asking.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from services.inspection.domain import actor as roles
from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.burden import require_room, term_of
from services.inspection.domain.issue_deadlines import set_day
from services.inspection.domain.issue_lights import Light, light_by
from services.inspection.domain.issue_rows import Clock
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import VisitOver
from services.inspection.domain.rules_material import (
    IllegalMaterialStep,
    MaterialForOtherVisit,
    PieceMissing,
    PieceNamedTwice,
    PieceUnknown,
)
from services.inspection.domain.visit import Visit
from services.inspection.domain.wording import COMMANDS_ZH, MATERIAL_STATES_ZH, bounded, required
from services.inspection.domain.workdays import Deadline

State = Literal["asked", "given", "withdrawn"]
TITLE_LENGTH: Final = 120
PIECE_LENGTH: Final = 120
_ABOVE: Final = (
    "市教育局机关党委、组织部、本县区教育局，或到该校督导的组长",
    "the bureau, the organisation department, the school's own county, or the leader of a team that visits it",
)
_SCHOOL: Final = ("本校书记、副书记、党务干部或教学点负责人", "the school's secretary, deputy, cadre or contact")
_ASKER: Final = ("提出要求的单位或市教育局机关党委", "the body that asked, or the bureau")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """The act that an entry is one school's part of; so many `schools` were asked in it."""

    id: str
    number: str
    title: str
    schools: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One named piece, with the checklist item that it is for; given as evidence, or with a note why there is none."""

    name: str
    item: str | None = None
    evidence: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What one school is to give by `due`; it counts in the school term 学期 in which it was asked for."""

    id: str
    number: str
    asking: Asking
    school: str
    term: str
    state: State
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is asked of one school: `before` is how often it was asked this term; `visit` for which a leader asks."""

    id: str
    number: str
    asking: Asking
    pieces: tuple[Piece, ...]
    due: str
    text: str | None
    reason: str | None
    before: int
    visit: Visit | None = None


@dataclass(frozen=True, slots=True)
class MaterialStep:
    """What a command gives: the entry after it, its event, in which capacity, and what was said."""

    material: Material
    verb: str
    actor: Actor
    note: str | None = None


def asker(authority: Authority, visit: Visit | None) -> Actor:
    """In which capacity somebody asks; a team's leader only for a visit to this school that is not over yet."""
    if visit is not None and visit.school != authority.place.school:
        raise MaterialForOtherVisit
    if visit is not None and not visit.open:
        raise VisitOver
    department = authority.holding(roles.ORGANISATION_DEPARTMENT, authority.place.city)
    leader = authority.team_leader(visit.team) if visit else None
    officers = (authority.bureau_officer(), department, authority.county_officer())
    return authority.above("ask_material", _ABOVE, leader, *officers)


def ask(wanted: Wanted, authority: Authority, moment: Moment) -> MaterialStep:
    """要求报送: a new entry. Beyond the terms' cap only the bureau asks, with a reason."""
    actor = asker(authority, wanted.visit)
    reason = bounded(wanted.reason, moment.terms.note_length, "理由", "reason")
    lifts = actor.role == roles.BUREAU_OFFICER and reason is not None
    require_room(wanted.before, moment.terms.material_a_term, lifts=lifts)
    required(wanted.asking.title, TITLE_LENGTH, "材料报送名称", "title")
    named = tuple(replace(one, name=required(one.name, PIECE_LENGTH, "材料名称", "name")) for one in wanted.pieces)
    if len({one.name for one in named}) < len(named):
        raise PieceNamedTwice
    due = set_day(wanted.due, moment)
    entry = Material(
        id=wanted.id, number=wanted.number, asking=wanted.asking, school=authority.place.school,
        term=term_of(moment.day).name, state="asked", pieces=named,
        asked_by=actor, asked_at=moment.text, due=due,
        clock=Clock(owner="school", since=moment.text, due=due, reason="asked"),
        text=bounded(wanted.text, moment.terms.description_length, "说明", "text"),
        visit=wanted.visit.id if wanted.visit else None, team=wanted.visit.team if wanted.visit else None,
        reason=reason,
    )  # fmt: skip
    return MaterialStep(entry, "asked", actor, reason)


def give(material: Material, authority: Authority, moment: Moment, given: Mapping[str, Piece]) -> MaterialStep:
    """报送: asked → given, every piece at once; `given` by name, each with evidence or why there is none."""
    _expect(material, "give_material")
    place = authority.place
    contact = authority.holding(roles.CONTACT, place.school)
    own = (authority.secretary(), authority.deputy(), authority.cadre(), contact)
    actor = authority.within("give_material", _SCHOOL, *own)
    wanted = {piece.name for piece in material.pieces}
    if unknown := sorted(given.keys() - wanted):
        raise PieceUnknown(pieces="、".join(unknown))
    pieces = tuple(_answered(piece, given.get(piece.name), moment) for piece in material.pieces)
    if missing := [piece.name for piece in pieces if not piece.evidence and piece.note is None]:
        raise PieceMissing(pieces="、".join(missing))
    after = replace(
        material,
        state="given",
        pieces=pieces,
        given_by=actor,
        given_at=moment.text,
        on_time=moment.day.isoformat() <= material.due.day,
        clock=Clock(owner="none", since=moment.text, due=None, reason="given"),
    )
    return MaterialStep(after, "given", actor)


def withdraw(material: Material, authority: Authority, moment: Moment, reason: str) -> MaterialStep:
    """撤回: asked → withdrawn, by the body that asked or the bureau; it counts no more."""
    _expect(material, "withdraw_material")
    same = authority.holding(material.asked_by.role, material.asked_by.organisation)
    actor = authority.above("withdraw_material", _ASKER, same, authority.bureau_officer())
    told = required(reason, moment.terms.note_length, "理由", "reason")
    after = replace(
        material,
        state="withdrawn",
        withdrawn_by=actor,
        withdrawn_at=moment.text,
        withdrawn_reason=told,
        clock=Clock(owner="none", since=moment.text, due=None, reason="withdrawn"),
    )
    return MaterialStep(after, "withdrawn", actor, told)


def material_light(material: Material, moment: Moment) -> Light | None:
    """绿黄红 of what is to be given; none once it is."""
    return light_by(material.due.day, moment) if material.clock.owner == "school" else None


def _answered(piece: Piece, given: Piece | None, moment: Moment) -> Piece:
    if given is None:
        return piece
    note = bounded(given.note, moment.terms.note_length, "说明", "note")
    return replace(piece, evidence=given.evidence, note=note)


def _expect(material: Material, command: str) -> None:
    if material.state != "asked":
        told = MATERIAL_STATES_ZH[material.state]
        zh = COMMANDS_ZH[command]
        raise IllegalMaterialStep(state=material.state, state_zh=told, command_zh=zh, command_en=command)
