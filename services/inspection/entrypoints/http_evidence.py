"""Routes of evidence: files, known by their content, shown without what cameras wrote into them."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from starlette.responses import Response, StreamingResponse

from contracts import lists, roles
from runtime.errors import Retryable
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import evidence as use
from services.inspection.application import evidence_reading as reading
from services.inspection.application.ports import Stored
from services.inspection.domain.evidence import FormKind
from services.inspection.entrypoints.context import New, Parts
from services.inspection.entrypoints.parameters import ID, IdPath, IdQuery

router = APIRouter(prefix="/v1/evidence", tags=["evidence"])
# The file itself, and what a multipart body has around it.
MAX_BODY: Final = use.MAX_BYTES + 64 * 1024
MAX_NAME: Final = 120
LISTED: Final = r"^(issue|visit|material|liaison|request)/[A-Za-z0-9@._-]{1,80}$"
SUBJECT: Final = r"^(issue|visit)/[A-Za-z0-9@._-]{1,80}$"
CHECKERS: Final = (roles.TEAM_LEADER, roles.COUNTY_OFFICER, roles.BUREAU_OFFICER)
Subject = Annotated[
    str | None,
    Query(
        pattern=LISTED,
        description="所属对象，如 issue/<id>、visit/<id>、material/<id> / what it hangs on",
    ),
]


async def _upload(
    school: Annotated[str, Form(pattern=ID)],
    file: Annotated[UploadFile, File()],
    form: Annotated[FormKind | None, Form()] = None,
    subject: Annotated[str | None, Form(pattern=SUBJECT)] = None,
) -> use.Upload:
    return use.Upload(
        school=school,
        name=(file.filename or "未命名")[-MAX_NAME:],
        file=file.file,
        form=use.form_given(form, subject),
    )


@router.post(
    "",
    **operation(
        "addEvidence", summary=("上传佐证", "Add evidence"), scope="self", command=True, status=201,
        returns=lists.Evidence, max_body=MAX_BODY,
    ),
)  # fmt: skip
async def add(command: New, upload: Annotated[use.Upload, Depends(_upload)]) -> Response:
    """JPEG, PNG, WebP, PDF, docx or xlsx, at most 20 MB; with `form` and `subject` the signed scan of a form."""
    return await command.named("AddEvidence", lambda ports, act: use.add_evidence(ports, act, upload))


@router.get("", **operation("listEvidence", summary=("佐证清单", "Evidence"), scope="self", returns=dict))
async def page(
    parts: Parts, caller: Caller, page: PageQuery, school: IdQuery = None, subject: Subject = None
) -> Response:
    """Evidence of a school, or on an issue or a visit, newest first, with the entries within reach that it hangs on."""
    after = page.after(str, str)
    asked = reading.Asked(school, subject, (after[0], after[1]) if after else None, page.limit + 1)
    rows = await reading.list_evidence(parts.ports, caller.subject, asked)
    items, cursor = page.cut(rows, lambda row: (row["at"], row["id"]))
    return json_response({"items": items, "next": cursor})


@router.get(
    "/{evidence}/alike",
    **operation(
        "listAlikeEvidence", summary=("疑似重复佐证", "Evidence that looks alike"), scope="division", roles=CHECKERS,
        returns=dict,
    ),
)  # fmt: skip
async def alike(parts: Parts, caller: Caller, evidence: IdPath) -> Response:
    """The same file or photograph elsewhere, or before and after; a flag for whoever checks, never a verdict."""
    return json_response({"items": await reading.alike(parts.ports, caller.subject, evidence)})


@router.get("/{evidence}", **operation("readEvidence", summary=("下载佐证", "Read evidence"), scope="self"))
async def read(
    parts: Parts, caller: Caller, evidence: IdPath, size: Annotated[use.Size, Query()] = "whole"
) -> Response:
    """The bytes, never to be run by a browser; `size=thumb` for the small picture that telephones list."""
    shown = await use.read_evidence(parts.ports, caller.subject, evidence, size)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(_named(shown.name, shown.media_type))}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Length": str(shown.stored.size),
    }
    return StreamingResponse(_proved(shown.stored, shown.sha256), media_type=shown.media_type, headers=headers)


def _named(name: str, media_type: str) -> str:
    """A picture is shown as JPEG, whatever it came as."""
    path = PurePosixPath(name)
    if media_type != use.SHOWN_TYPE or path.suffix.lower() in (".jpg", ".jpeg"):
        return name
    return f"{path.stem}.jpg"


async def _proved(stored: Stored, sha256: str | None) -> AsyncIterator[bytes]:
    """The bytes; the last of them only if all of them have the hash that stands in the ledger."""
    digest, held = hashlib.sha256(), b""
    async for chunk in stored.chunks:
        if held:
            yield held
        digest.update(chunk)
        held = chunk
    if sha256 is not None and digest.hexdigest() != sha256:
        raise Retryable("a file in the store is not the one in the ledger")
    yield held
