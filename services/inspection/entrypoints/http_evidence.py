"""Routes of evidence: small files, known by their content."""

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, File, Form, UploadFile
from starlette.responses import Response

from contracts import lists
from runtime.http.gate import Caller
from runtime.http.operation import operation
from services.inspection.application import evidence as use
from services.inspection.entrypoints.context import New, Parts
from services.inspection.entrypoints.parameters import ID, IdPath

router = APIRouter(prefix="/v1/evidence", tags=["evidence"])
# The file itself, and what a multipart body has around it.
MAX_BODY: Final = use.MAX_BYTES + 64 * 1024
MAX_NAME: Final = 120


@router.post(
    "",
    **operation(
        "addEvidence", summary=("上传佐证", "Add evidence"), scope="self", command=True, status=201,
        returns=lists.Evidence, max_body=MAX_BODY,
    ),
)  # fmt: skip
async def add(command: New, school: Annotated[str, Form(pattern=ID)], file: Annotated[UploadFile, File()]) -> Response:
    """JPEG, PNG or PDF, at most 2 MB."""
    data = await file.read(use.MAX_BYTES + 1)
    name = (file.filename or "未命名")[-MAX_NAME:]
    return await command.named("AddEvidence", lambda ports, act: use.add_evidence(ports, act, school, name, data))


@router.get("/{evidence}", **operation("readEvidence", summary=("下载佐证", "Read evidence"), scope="self"))
async def read(parts: Parts, caller: Caller, evidence: IdPath) -> Response:
    """The bytes, never to be run by a browser."""
    entry, data = await use.read_evidence(parts.ports, caller.subject, evidence)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(entry.name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(data, media_type=entry.media_type, headers=headers)
