"""Evidence: files looked into, kept once, named in the ledger by their hash."""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from runtime.commands import Outcome
from runtime.errors import NotFound, Rejected
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.ports import Examined, Issues, Ports, Stored, Visits
from services.inspection.application.reach import Reach
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain import evidence as domain
from services.inspection.domain.authority import Authority

MAX_BYTES: Final = domain.MAX_BYTES
SHOWN_TYPE: Final = "image/jpeg"
Size = Literal["whole", "thumb"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in; `form` names what a signed scan belongs to: kind and subject."""

    school: str
    name: str
    file: BinaryIO
    form: tuple[domain.FormKind, str] | None = None


def form_given(kind: domain.FormKind | None, subject: str | None) -> tuple[domain.FormKind, str] | None:
    """Both or none; raises `Rejected`."""
    if kind is None and subject is None:
        return None
    if kind is None or subject is None:
        raise Rejected("form-incomplete", "表单种类和所属对象须同时给出", "give the form and its subject, or neither")
    return kind, subject


async def require_evidence(ports: Ports, person: str, ids: tuple[str, ...] | None, school: str) -> None:
    """Raises `Rejected` unless every one is evidence of this school that the person may see, or a fellow just added."""
    if not ids:
        return
    reach = await reach_for(ports.registry, person)
    known = await ports.evidence.of_school(ids, school, reach)
    missing = set(ids) - known
    missing -= await _of_fellows(ports, missing, school, reach)
    if missing:
        raise Rejected(
            "evidence-unknown",
            "引用的佐证不存在或不属于本校",
            "evidence that is named does not exist or is not of this school",
            evidence=sorted(missing),
        )


async def _of_fellows(ports: Ports, ids: set[str], school: str, reach: Reach) -> set[str]:
    """What a contact photographs, the cadre hangs on a task; what a member does, the leader on a finding."""
    if not ids:
        return set()
    return {
        piece.id
        for piece in await ports.evidence.loose(ids, school)
        if reach.on_one_side(await reach_for(ports.registry, piece.by), school)
    }


async def add_evidence(ports: Ports, act: Act, upload: Upload) -> Outcome:
    """Keep the bytes, then commit what they were: an upload that fails between leaves bytes, never a name alone."""
    _, authority = await standing(ports, act, upload.school)
    reach = await reach_for(ports.registry, act.person)
    teams = await ports.visits.visiting(upload.school, reach.teams)
    actor = domain.contributor(teams, authority)
    form = await _form(ports, reach, authority, upload)
    seen = await ports.intake.examine(upload.file)
    file = domain.File(
        id=act.new_id("evidence"),
        sha256=seen.sha256,
        size=seen.size,
        media_type=seen.media_type,
        name=upload.name,
        teams=teams,
        picture=seen.picture,
        shown_sha256=None if seen.shown is None else hashlib.sha256(seen.shown).hexdigest(),
        form=form,
    )
    entry = domain.add(file, authority, act.moment)
    await _keep(ports, entry, upload.file, seen)
    verbs = (("inspection.evidence.added.v1", None),)
    return act.created("/v1/evidence", of_school("evidence", entry, 0, verbs, act.cause(actor)))


async def _form(ports: Ports, reach: Reach, authority: Authority, upload: Upload) -> domain.Form | None:
    if upload.form is None:
        return None
    kind, subject = upload.form
    of, _, id = subject.partition("/")
    entries: Visits | Issues = ports.visits if of == "visit" else ports.issues
    school = (await entries.within(id, reach)).value.school
    return domain.form_of(kind, subject, school, authority)


async def _keep(ports: Ports, entry: domain.Evidence, file: BinaryIO, seen: Examined) -> None:
    await ports.files.keep(entry.id, file, entry.media_type)
    for size, data in (("whole", seen.shown), ("thumb", seen.thumb)):
        if data is not None:
            await ports.files.keep(_shown(entry.id, size), data, SHOWN_TYPE)


def _shown(evidence: str, size: str) -> str:
    return f"{evidence}.{size}"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a piece: its name, type, bytes, and the hash that they must have, none for a thumbnail."""

    name: str
    media_type: str
    stored: Stored
    sha256: str | None


async def read_evidence(ports: Ports, person: str, evidence: str, size: Size) -> Shown:
    """What is shown of a piece, if the person may see something that it hangs on.

    Raises `NotFound`, also for the thumbnail of what is no picture.
    """
    reach = await reach_for(ports.registry, person)
    found = (await ports.evidence.within(evidence, reach)).value
    if found.shown_sha256 is not None:
        proof = found.shown_sha256 if size == "whole" else None
        return Shown(found.name, SHOWN_TYPE, await ports.files.open(_shown(found.id, size)), proof)
    if size == "thumb":
        raise NotFound(evidence)
    return Shown(found.name, found.media_type, await ports.files.open(found.id), found.sha256)
