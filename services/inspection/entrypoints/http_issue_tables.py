"""Routes of issue tables: a file looked at, its activation, and where an issue came from."""

from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import Response

from contracts import roles
from runtime.clock import to_text
from runtime.commands import Call
from runtime.errors import Rejected
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from services.inspection.application import issue_tables as use
from services.inspection.application.act import Act
from services.inspection.application.staging import Staging
from services.inspection.application.tables import Sheet
from services.inspection.entrypoints.context import New, Parts, Service
from services.inspection.entrypoints.http_tables import MAX_BODY, Inboxes, files_of
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1/issues", tags=["issues"])
ACCESS: Final[dict[str, Any]] = {"scope": "division", "roles": (roles.COUNTY_OFFICER, roles.BUREAU_OFFICER)}
MAX_MAPPING: Final = 2000
Source = Literal["inspection_tour", "survey", "superior"]


async def originals_of(request: Request) -> use.Originals:
    """Where rows are kept."""
    found: use.Originals = request.app.state.originals
    return found


Kept = Annotated[use.Originals, Depends(originals_of)]


def _mapping(text: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError as error:
        zh, en = "列对应关系须为 JSON 对象：字段到列名", "the mapping is a JSON object of field to header"
        raise Rejected("mapping-malformed", zh, en) from error


async def _seen(parts: Service, kept: use.Originals, staged: Staging, sheets: list[Sheet]) -> dict[str, Any]:
    """As activating would have it now, without a command of its own."""
    act = Act(Call(staged.by, staged.id, "", "PreviewIssues"), await parts.now())
    found = await use.drafts_of(parts.ports, kept, act, staged, sheets)
    return use.told(staged.id, staged, sheets, found)


@router.post(
    "/tables",
    **operation(
        "stageIssues", summary=("上传并预览问题台账", "Send a table of issues, and see what it would make"),
        **ACCESS, status=201, returns=dict, max_body=MAX_BODY,
    ),
)  # fmt: skip
async def stage(
    parts: Parts,
    inbox: Inboxes,
    kept: Kept,
    caller: Caller,
    file: Annotated[UploadFile, File()],
    source: Annotated[Source, Form()],
    mapping: Annotated[str, Form(max_length=MAX_MAPPING)] = "",
) -> Response:
    """`mapping` says which header fills which field; it is remembered for tables of the same headers."""
    files = await files_of([file])
    sheets = await inbox.tables.read(files[0])
    signature = use.signature_of(sheets)
    columns = _mapping(mapping) if mapping else await kept.mapping(caller.subject, signature)
    use.require_mapping(columns, sheets)
    if mapping:
        await kept.remember(caller.subject, signature, columns)
    options = {"source": source, "mapping": columns}
    staged = await inbox.put("issues", caller.subject, to_text(parts.clock.now()), files, options)
    return json_response(await _seen(parts, kept, staged, sheets), status=201)


@router.get("/tables/{staging}", **operation("readStagedIssues", summary=("再次预览", "Look again"), **ACCESS))
async def read(parts: Parts, inbox: Inboxes, kept: Kept, caller: Caller, staging: IdPath) -> Response:
    """As it would be now."""
    staged = await inbox.stagings.of(staging, caller.subject, "issues")
    return json_response(await _seen(parts, kept, staged, await inbox.sheets(staged)))


@router.post(
    "/tables/{staging}/activate",
    **operation("activateIssues", summary=("台账生效", "Activate"), **ACCESS, command=True, returns=dict),
)
async def activate(command: New, inbox: Inboxes, kept: Kept, staging: IdPath) -> Response:
    """All rows in one act, or none."""
    return await command.named("ImportIssues", lambda ports, act: use.activate(ports, inbox, kept, act, staging))


@router.get(
    "/{issue}/provenance",
    **operation("issueProvenance", summary=("问题的来源行", "The row an issue came from"), scope="self", returns=dict),
)
async def provenance(parts: Parts, kept: Kept, caller: Caller, issue: IdPath) -> Response:
    """For who may read the issue."""
    return json_response(await use.provenance(parts.ports, kept, caller.subject, issue))
