"""Evidence: small files, kept once, named in the ledger by their hash."""

import hashlib
from typing import Final

from runtime.commands import Outcome
from runtime.errors import NotFound, Rejected
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.ports import Ports
from services.inspection.application.reach import Reach
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain import evidence as domain

MAX_BYTES: Final = domain.MAX_BYTES
# Known by their first bytes, never by name: what a phone's camera and an office make.
_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)


def media_type(data: bytes) -> str:
    """The type by content; raises `Rejected` (415) for anything but JPEG, PNG and PDF."""
    for signature, type_ in _SIGNATURES:
        if data.startswith(signature):
            return type_
    raise Rejected(
        "evidence-type", "佐证只接受 JPEG、PNG 图片和 PDF 文件", "evidence must be JPEG, PNG or PDF", status=415
    )


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


async def add_evidence(ports: Ports, act: Act, school: str, name: str, data: bytes) -> Outcome:
    """Keep the bytes, then commit what they were: an upload that fails between leaves bytes, never a name alone."""
    _, authority = await standing(ports, act.person, school)
    reach = await reach_for(ports.registry, act.person)
    file = domain.File(
        id=act.new_id("evidence"),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        media_type=media_type(data),
        name=name,
        teams=await ports.visits.visiting(school, reach.teams),
    )
    actor = domain.contributor(file, authority)
    entry = domain.add(file, authority, act.moment)
    await ports.files.keep(entry.id, data, entry.media_type)
    verbs = (("inspection.evidence.added.v1", None),)
    return act.created("/v1/evidence", of_school("evidence", entry, 0, verbs, act.cause(actor)))


async def read_evidence(ports: Ports, person: str, evidence: str) -> tuple[domain.Evidence, bytes]:
    """The entry and its bytes, if the person may see something that it hangs on; raises `NotFound`."""
    reach = await reach_for(ports.registry, person)
    found = (await ports.evidence.within(evidence, reach)).value
    data = await ports.files.read(found.id)
    if hashlib.sha256(data).hexdigest() != found.sha256:
        raise NotFound(evidence)
    return found, data
