"""Evidence 佐证材料: what a file was, and which files are taken in."""

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from services.inspection.domain.actor import RESPONSIBLE, Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_evidence import FormElsewhere, FormIsScan, FormOfOtherKind
from services.inspection.domain.rules_visit import BadDigest, BadFileName, EmptyFile, MediaTypeRefused
from services.inspection.domain.wording import required

MAX_BYTES: Final = 20 * 1024 * 1024
PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
MEDIA_TYPES: Final = PICTURES | frozenset({
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
})  # fmt: skip
_NAME_LENGTH: Final = 200
_PATH: Final = re.compile(r"[\\/:\x00-\x1f\x7f]|^\.+$")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
FormKind = Literal["feedback", "plan", "responsibility", "report", "card"]
# What is signed and sealed on paper, by what it is about.
_FORMS: Final[dict[str, frozenset[FormKind]]] = {
    "visit": frozenset({"feedback"}),
    "issue": frozenset(get_args(FormKind)) - {"feedback"},
}
_WHO: Final = (
    "本校人员、督导组、联系点领导或教育局人员",
    "people of the school, its visitors or officers",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """What is shown of a picture and what its camera wrote: pixels; degrees in millionths, south and west negative.

    `taken_at` is the camera's own clock, without a zone; `look` the 64-bit difference hash in hexadecimal, none where
    the picture is too flat to tell anything.
    """

    width: int
    height: int
    look: str | None
    taken_at: str | None
    latitude: int | None
    longitude: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The form that a signed and sealed scan belongs to: `subject` is `visit/<id>` or `issue/<id>`."""

    subject: str
    kind: FormKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One file: its bytes live in the file store under its id, this entry proves what they were.

    Of a picture only a copy made anew is ever shown, `shown_sha256`; the file as it came is kept.
    """

    id: str
    school: str
    sha256: str
    size: int
    media_type: str
    name: str
    by: str
    at: str
    picture: Picture | None = None
    shown_sha256: str | None = None
    form: Form | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file as it came: `size` in bytes, `sha256` in hexadecimal; `teams` are those that visit the school."""

    id: str
    sha256: str
    size: int
    media_type: str
    name: str
    teams: tuple[str, ...] = ()
    picture: Picture | None = None
    shown_sha256: str | None = None
    form: Form | None = None


def add(file: File, authority: Authority, moment: Moment) -> Evidence:
    """The entry of a new file about the authority's school; its event is `inspection.evidence.added.v1`."""
    contributor(file.teams, authority)
    if not 1 <= file.size <= MAX_BYTES:
        raise EmptyFile(limit=MAX_BYTES)
    if file.media_type not in MEDIA_TYPES:
        raise MediaTypeRefused(media_type=file.media_type[:80])
    if not _DIGEST.fullmatch(file.sha256):
        raise BadDigest
    name = required(file.name, _NAME_LENGTH, "文件名", "file name")
    if _PATH.search(name):
        raise BadFileName
    if file.form is not None and not (file.media_type in PICTURES or file.media_type == "application/pdf"):
        raise FormIsScan
    return Evidence(
        id=file.id,
        school=authority.place.school,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        name=name,
        by=authority.person,
        at=moment.text,
        picture=file.picture,
        shown_sha256=file.shown_sha256,
        form=file.form,
    )


def form_of(kind: FormKind, subject: str, school: str, authority: Authority) -> Form:
    """The form of a subject at `school`; raises a rule where it has none such, or is of another school."""
    if school != authority.place.school:
        raise FormElsewhere
    if kind not in _FORMS[subject.partition("/")[0]]:
        raise FormOfOtherKind
    return Form(subject=subject, kind=kind)


def contributor(teams: tuple[str, ...], authority: Authority) -> Actor:
    """In which capacity somebody adds a file: of the school, on a team that visits it, or of an office above it."""
    of_the_school = (authority.secretary(), authority.deputy(), authority.cadre())
    on_a_team = (role for team in teams for role in (authority.team_leader(team), authority.team_member(team)))
    staff = Actor(person=authority.person, role=RESPONSIBLE, organisation=authority.place.school)
    officers = (authority.county_officer(), authority.bureau_officer(), authority.liaison_leader())
    own = (*of_the_school, staff if authority.belongs else None)
    return authority.within("add_evidence", _WHO, *own, *on_a_team, *officers)
