"""责任书 and 岗位: a yearly letter is proposed, a post is claimed; either holds once the person has signed it."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.moment import Moment
from services.inspection.domain.persons import Commitment
from services.inspection.domain.registry_places import holds_contact
from services.inspection.domain.rules import AlreadySigned, NotAllowed
from services.inspection.domain.rules_persons import (
    CommitmentOfOutsider,
    CommitmentRetired,
    CommitmentThere,
    CommitmentYear,
    ContactInText,
    SignsForAnother,
)
from services.inspection.domain.wording import required

Kind = Literal["teaching_letter", "integrity_letter", "model_post", "vanguard_post"]
LETTERS: Final[frozenset[Kind]] = frozenset({"teaching_letter", "integrity_letter"})
TITLE_LENGTH: Final = 120
_ABOVE: Final = ("本校书记、党务干部或上级教育局人员", "the school's secretary or cadre, or an officer above it")
_CLAIMING: Final = (
    "本人、本校书记、党务干部或上级教育局人员",
    "the person, the school's secretary or cadre, or an officer",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposed:
    """What is proposed; `member` whether the person belongs to the school or its branch today."""

    person: str
    year: int
    kind: Kind
    title: str
    member: bool


def propose(id_: str, wanted: Proposed, before: Commitment | None, authority: Authority, moment: Moment) -> Commitment:
    """A letter by the secretary, the cadre or an office above; a post by the person too. Nothing is signed by it.

    `before` is what stood under this id: one that was retired is proposed anew.
    """
    proposer(wanted.kind, wanted.person, authority)
    if wanted.year not in (moment.day.year, moment.day.year + 1):
        raise CommitmentYear(this=moment.day.year, next=moment.day.year + 1)
    if not wanted.member:
        raise CommitmentOfOutsider
    title = required(wanted.title, TITLE_LENGTH, "名称", "title")
    if holds_contact(title):
        raise ContactInText
    if before is not None and not before.retired:
        raise CommitmentThere
    return Commitment(
        id=id_,
        person=wanted.person,
        school=authority.place.school,
        year=wanted.year,
        kind=wanted.kind,
        title=title,
        signed_at=None,
    )


def proposer(kind: Kind, person: str, authority: Authority) -> Actor:
    """In which capacity somebody proposes or takes back; raises `NotAllowed`."""
    capacities = (
        authority.secretary(),
        authority.cadre(),
        authority.county_officer(),
        authority.bureau_officer(),
    )
    found = next((one for one in capacities if one is not None), None)
    if found is not None:
        return found
    if kind not in LETTERS and person == authority.person and authority.belongs:
        return personally(authority)
    who = _ABOVE if kind in LETTERS else _CLAIMING
    raise NotAllowed(who_zh=who[0], who_en=who[1], command_zh="提出或撤下", command_en="propose or retire it")


def personally(authority: Authority) -> Actor:
    """The person, for nobody but themselves."""
    return Actor(person=authority.person, role="responsible_person", organisation=authority.place.school)


def sign(commitment: Commitment, authority: Authority, moment: Moment) -> Commitment:
    """签字, personally: no deputy, no cadre and no officer signs for somebody."""
    if commitment.person != authority.person:
        raise SignsForAnother
    _in_force(commitment)
    if commitment.signed_at is not None:
        raise AlreadySigned
    if not authority.belongs:
        raise CommitmentOfOutsider
    return replace(commitment, signed_at=moment.text)


def retire(commitment: Commitment, authority: Authority) -> tuple[Commitment, Actor]:
    """No longer in force, and kept; in which capacity."""
    actor = proposer(commitment.kind, commitment.person, authority)
    _in_force(commitment)
    return replace(commitment, retired=True), actor


def _in_force(commitment: Commitment) -> None:
    if commitment.retired:
        raise CommitmentRetired
