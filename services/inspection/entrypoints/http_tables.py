"""Routes of registry tables: a template, a file looked at, and its activation."""

from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Query, Request, UploadFile
from starlette.responses import Response

from contracts import roles
from runtime.clock import to_text
from runtime.errors import NotFound, Rejected
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from services.inspection.application import registry_tables as use
from services.inspection.application import tables
from services.inspection.application.registry_columns import SHEETS, sheet_of
from services.inspection.application.staging import MAX_FILES, XLSX, Inbox
from services.inspection.entrypoints.context import New, Parts
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1/registry", tags=["registry"])
# The files themselves, and what a multipart body has around them.
MAX_BODY: Final = tables.MAX_FILE + 256 * 1024
NOTES: Final = (
    "每张表一类：首行为列名，不得改名；可只填需要的表和行。",
    "编号一经登记不再改变；代码、名称、隶属关系可以改变，历史按当时的结构保留。",
    "所有列均为文本格式，前导零会保留；请勿粘贴公式。",
    "不得填写电话、邮箱等联系方式；严禁涉密。",
    "One kind a sheet, the first row its columns. Ids never change. Text only, no formulas, no contacts, no secrets.",
)
ACCESS: Final[dict[str, Any]] = {"scope": "administrator", "roles": (roles.ADMINISTRATOR,)}
Uploads = Annotated[list[UploadFile], File(max_length=MAX_FILES)]


async def inbox_of(request: Request) -> Inbox:
    """Where files come in."""
    found: Inbox = request.app.state.inbox
    return found


Inboxes = Annotated[Inbox, Depends(inbox_of)]


async def files_of(uploads: list[UploadFile]) -> list[tables.File]:
    """Names and bytes; raises `Rejected` (413) for more than the bound in all."""
    found: list[tables.File] = []
    left = tables.MAX_FILE
    for upload in uploads:
        data = await upload.read(left + 1)
        left -= len(data)
        if left < 0:
            raise Rejected("table-too-large", "文件合计超过 8 MB", "the files have more than 8 MB together", 413)
        found.append(tables.File(upload.filename or "table", data))
    return found


def attachment(data: bytes, name: str, media_type: str) -> Response:
    """A file to be saved, never shown."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=media_type, headers=headers)


@router.get("/template", **operation("registryTemplate", summary=("导入模板", "Template to fill in"), **ACCESS))
async def template(
    inbox: Inboxes, format: Literal["xlsx", "csv"] = "xlsx", sheet: Annotated[str, Query(max_length=20)] = "学校"
) -> Response:
    """The whole workbook, or one sheet as CSV."""
    if format == "xlsx":
        return attachment(
            inbox.templates.workbook([(one.title, one.columns) for one in SHEETS], NOTES), "基础数据模板.xlsx", XLSX
        )
    wanted = sheet_of(sheet)
    if wanted is None:
        raise NotFound(f"sheet/{sheet}")
    return attachment(inbox.templates.csv(wanted.columns), f"{wanted.title}.csv", "text/csv; charset=utf-8")


@router.post(
    "/tables",
    **operation(
        "stageRegistry", summary=("上传并预览基础数据表", "Send registry tables, and see what they would change"),
        **ACCESS, status=201, returns=dict, max_body=MAX_BODY,
    ),
)  # fmt: skip
async def stage(parts: Parts, inbox: Inboxes, caller: Caller, file: Uploads) -> Response:
    """Nothing changes yet. The same files again are the same staging."""
    at = to_text(parts.clock.now())
    staging, sheets = await inbox.take("registry", caller.subject, at, await files_of(file), {})
    return json_response(await use.preview(parts.ports, caller.subject, staging.id, sheets), status=201)


@router.get("/tables/{staging}", **operation("readStagedRegistry", summary=("再次预览", "Look again"), **ACCESS))
async def read(parts: Parts, inbox: Inboxes, caller: Caller, staging: IdPath) -> Response:
    """Against the registry as it is now."""
    staged = await inbox.stagings.of(staging, caller.subject, "registry")
    return json_response(await use.preview(parts.ports, caller.subject, staging, await inbox.sheets(staged)))


@router.post(
    "/tables/{staging}/activate",
    **operation("activateRegistry", summary=("生效", "Activate"), **ACCESS, command=True, returns=dict),
)
async def activate(command: New, inbox: Inboxes, staging: IdPath) -> Response:
    """All of it in one transaction, or nothing."""
    return await command.named("ImportRegistry", lambda ports, act: use.activate(ports, inbox, act, staging))
