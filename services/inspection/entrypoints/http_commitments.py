"""Routes of commitments: letters 责任书, and posts 业务示范岗/党员先锋岗."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts import persons
from runtime.errors import NotFound
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import commands_persons as c
from services.inspection.application import commitments
from services.inspection.application.standing import reach_for
from services.inspection.entrypoints.context import New, Parts, Versioned
from services.inspection.entrypoints.parameters import IdPath, IdQuery

router = APIRouter(prefix="/v1/commitments", tags=["people"])
COMMANDING: Final[dict[str, Any]] = {"scope": "self", "command": True, "returns": persons.Commitment}


@router.get(
    "", **operation("listCommitments", summary=("责任书、岗位", "Letters and posts"), scope="self", returns=dict)
)
async def page(  # noqa: PLR0913, PLR0917 -- a parameter a filter
    parts: Parts,
    caller: Caller,
    page: PageQuery,
    school: IdQuery = None,
    person: IdQuery = None,
    kind: IdQuery = None,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
    signed: Annotated[bool | None, Query()] = None,
) -> Response:
    """One's own, and those of the schools within reach; retired ones too, marked so."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    match: dict[str, Any] = {"school": school, "person": person, "kind": kind, "year": year}
    if signed is not None:
        match["signed_at"] = {"$ne": None} if signed else {"$eq": None}
    after = page.after(str)
    rows = await parts.reading.commitments(reach, match, after[0] if after else None, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["id"],))
    return json_response({"items": items, "next": cursor})


@router.get(
    "/{commitment}",
    **operation(
        "readCommitment", summary=("责任书、岗位：一项", "Letters and posts: one"), scope="self",
        returns=persons.Commitment,
    ),
)  # fmt: skip
async def read(parts: Parts, caller: Caller, commitment: IdPath) -> Response:
    """With its version."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    rows = await parts.reading.commitments(reach, {"id": commitment}, None, 1)
    if not rows:
        raise NotFound(f"commitment/{commitment}")
    return json_response(rows[0], version=rows[0]["version"])


@router.post(
    "",
    **operation(
        "proposeCommitment", summary=("提出责任书或岗位", "Propose a letter or a post"), status=201, **COMMANDING
    ),
)
async def propose(command: New, body: c.ProposeCommitment) -> Response:
    """It holds once the person has signed it."""
    return await command.named("ProposeCommitment", lambda ports, act: commitments.propose(ports, act, body))


@router.post(
    "/{commitment}/sign",
    **operation("signCommitment", summary=("签订责任书、认领岗位", "Sign a letter or a post"), **COMMANDING),
)
async def sign(command: Versioned, commitment: IdPath) -> Response:
    """Personally."""
    return await command.named("SignCommitment", lambda ports, act: commitments.sign(ports, act, commitment))


@router.post(
    "/{commitment}/retire",
    **operation("retireCommitment", summary=("撤下责任书或岗位", "Retire a letter or a post"), **COMMANDING),
)
async def retire(command: Versioned, commitment: IdPath, body: c.RetireCommitment) -> Response:
    """Kept, and no longer in force."""
    return await command.named(
        "RetireCommitment", lambda ports, act: commitments.retire(ports, act, commitment, body.reason)
    )
