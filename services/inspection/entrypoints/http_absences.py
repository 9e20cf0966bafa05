"""Routes of absences 外出."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts import persons, roles
from runtime.errors import NotFound
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import absences
from services.inspection.application import commands_persons as c
from services.inspection.application.colleagues import colleagues_of
from services.inspection.entrypoints.context import New, Parts, Versioned
from services.inspection.entrypoints.parameters import IdPath, IdQuery

router = APIRouter(prefix="/v1/absences", tags=["people"])
_DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
_DECLARING: Final = (roles.SECRETARY, roles.DEPUTY_SECRETARY, roles.COUNTY_OFFICER, roles.BUREAU_OFFICER)


@router.get("", **operation("listAbsences", summary=("外出", "Absences"), scope="self", returns=dict))
async def page(
    parts: Parts,
    caller: Caller,
    page: PageQuery,
    person: IdQuery = None,
    day: Annotated[str | None, Query(pattern=_DAY)] = None,
) -> Response:
    """One's own, those of one's branch, those below one's office; on a `day` only those in force on it."""
    readable = await colleagues_of(parts.ports.registry, caller.subject)
    after = page.after(str)
    rows = await parts.reading.absences(readable, person, day, after[0] if after else None, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["id"],))
    return json_response({"items": items, "next": cursor})


@router.get(
    "/{absence}",
    **operation("readAbsence", summary=("外出：一项", "Absences: one"), scope="self", returns=persons.Absence),
)
async def read(parts: Parts, caller: Caller, absence: IdPath) -> Response:
    """With its version."""
    readable = await colleagues_of(parts.ports.registry, caller.subject)
    found: dict[str, Any] | None = await parts.reading.absence(readable, absence)
    if found is None:
        raise NotFound(f"absence/{absence}")
    return json_response(found, version=found["version"])


@router.post(
    "",
    **operation(
        "declareAbsence", summary=("登记外出", "Declare an absence"), scope="school", roles=_DECLARING, command=True,
        status=201, returns=persons.Absence,
    ),
)  # fmt: skip
async def declare(command: New, body: c.DeclareAbsence) -> Response:
    """From the start of the first day to the end of the last a deputy acts in the secretary's place."""
    return await command.named("DeclareAbsence", lambda ports, act: absences.declare(ports, act, body))


@router.post(
    "/{absence}/end",
    **operation(
        "endAbsence", summary=("结束外出", "End an absence"), scope="school", roles=_DECLARING, command=True,
        returns=persons.Absence,
    ),
)  # fmt: skip
async def end(command: Versioned, absence: IdPath, body: c.EndAbsence) -> Response:
    """Back before the last day, or not going after all."""
    return await command.named("EndAbsence", lambda ports, act: absences.end(ports, act, absence, body.note))
