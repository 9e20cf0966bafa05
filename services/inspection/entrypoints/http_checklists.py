"""Routes of a checklist's life; published ones are read like the rest of the registry."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts import registry as shapes
from contracts import roles
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import checklists
from services.inspection.entrypoints.bodies import ChecklistBody
from services.inspection.entrypoints.context import New, Parts, Versioned
from services.inspection.entrypoints.parameters import ID, IdPath

router = APIRouter(prefix="/v1", tags=["registry"])
BUREAU = (roles.BUREAU_OFFICER,)
SHAPE = shapes.Checklist


@router.get(
    "/checklist-drafts",
    **operation("listChecklistDrafts", summary=("清单草稿", "Drafts of checklists"), scope="city", roles=BUREAU,
                returns=dict),
)  # fmt: skip
async def drafts(parts: Parts, page: PageQuery) -> Response:
    """What is still being written."""
    after = page.after(str)
    rows = await parts.reading.registry("checklist draft", None, {}, after[0] if after else None, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["id"],))
    return json_response({"items": items, "next": cursor})


@router.post(
    "/checklist-drafts",
    **operation(
        "beginChecklist", summary=("起草督导清单", "Begin a checklist"), scope="city", roles=BUREAU, command=True,
        status=201, returns=SHAPE,
    ),
)  # fmt: skip
async def begin(command: New, body: ChecklistBody) -> Response:
    """A draft of the next version."""
    return await command.named(
        "BeginChecklist", lambda ports, act: checklists.begin_checklist(ports, act, body.checklist())
    )


@router.put(
    "/checklist-drafts/{checklist}",
    **operation(
        "rewriteChecklist", summary=("修改清单草稿", "Rewrite a draft"), scope="city", roles=BUREAU, command=True,
        returns=SHAPE,
    ),
)  # fmt: skip
async def rewrite(command: Versioned, checklist: IdPath, body: ChecklistBody) -> Response:
    """Only a draft."""
    return await command.named(
        "RewriteChecklist",
        lambda ports, act: checklists.rewrite_checklist(ports, act, checklist, body.checklist()),
    )


@router.post(
    "/checklist-drafts/{checklist}/publish",
    **operation(
        "publishDraft", summary=("发布清单草稿", "Publish a draft"), scope="city", roles=BUREAU, command=True,
        returns=SHAPE,
    ),
)  # fmt: skip
async def publish(command: Versioned, checklist: IdPath) -> Response:
    """From now on it never changes."""
    return await command.named("PublishDraft", lambda ports, act: checklists.publish_draft(ports, act, checklist))


@router.post(
    "/checklists/{checklist}/retire",
    **operation(
        "retireChecklist", summary=("停用督导清单", "Retire a checklist"), scope="city", roles=BUREAU, command=True,
        returns=SHAPE,
    ),
)  # fmt: skip
async def retire(command: Versioned, checklist: IdPath) -> Response:
    """Visits that started with it keep it."""
    return await command.named("RetireChecklist", lambda ports, act: checklists.retire_checklist(ports, act, checklist))


@router.get(
    "/checklists/{checklist}/diff",
    **operation("compareChecklists", summary=("清单版本对比", "Compare versions"), scope="self", returns=dict),
)
async def compare(
    parts: Parts, caller: Caller, checklist: IdPath, against: Annotated[str, Query(pattern=ID)]
) -> Response:
    """What it adds, drops and changes of another version."""
    found = await checklists.compare_checklists(parts.ports, caller.subject, checklist, against)
    return json_response(msgspec.to_builtins(found))
