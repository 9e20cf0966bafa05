"""Routes of material 材料报送: what bodies above ask schools for, and what schools give."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from contracts import material as shapes
from contracts import roles
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import material as use
from services.inspection.application import material_asking as asking
from services.inspection.application.searching import days_for
from services.inspection.application.standing import reach_for
from services.inspection.domain.issue_lights import Light
from services.inspection.entrypoints.context import New, Parts, Versioned, with_version
from services.inspection.entrypoints.http_burden import Read
from services.inspection.entrypoints.parameters import IdPath, IdQuery

router = APIRouter(prefix="/v1/material", tags=["burden"])
ASKERS = (roles.COUNTY_OFFICER, roles.BUREAU_OFFICER, roles.ORGANISATION_DEPARTMENT, roles.TEAM_LEADER)
GIVERS = (roles.SECRETARY, roles.DEPUTY_SECRETARY, roles.CADRE, roles.CONTACT)


async def _filters(
    school: IdQuery = None,
    asking: IdQuery = None,
    visit: IdQuery = None,
    state: Annotated[shapes.MaterialState | None, Query()] = None,
) -> dict[str, str | None]:
    return {"school": school, "asking.id": asking, "visit": visit, "state": state}


Asked = Annotated[dict[str, str | None], Depends(_filters)]


@router.post(
    "",
    **operation(
        "askMaterial", summary=("要求报送材料", "Ask schools for material"), scope="division", roles=ASKERS,
        command=True, status=201, returns=dict,
    ),
)  # fmt: skip
async def ask(command: New, read: Read, body: asking.AskMaterial) -> Response:
    """Of all the schools or of none; what a school has given already is offered instead of being asked for again."""
    return await command.named("AskMaterial", lambda ports, act: asking.ask_material(ports, act, body, read))


@router.get(
    "", **operation("listAskedMaterial", summary=("材料报送清单", "Material asked"), scope="self", returns=dict)
)
async def page(
    parts: Parts, caller: Caller, page: PageQuery, asked: Asked,
    light: Annotated[Light | None, Query()] = None,
) -> Response:  # fmt: skip
    """Within reach, newest first, each with its light."""
    reach, now = await reach_for(parts.ports.registry, caller.subject), await parts.now()
    under = None if light is None else (light, await days_for(parts.ports, now))
    after = page.after(str, str)
    begin = None if after is None else (after[0], after[1])
    rows = await parts.ports.materials.listed(reach, asked, under, begin, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["asked_at"], row["id"]))
    return json_response({"items": await use.lit(parts.ports, items, now), "next": cursor})


@router.get(
    "/{material}",
    **operation("readMaterial", summary=("一项材料报送", "One school's part"), scope="self", returns=shapes.Material),
)
async def one(parts: Parts, caller: Caller, material: IdPath) -> Response:
    """What the school is to give or gave, with its light as of now."""
    found = await parts.ports.materials.within(material, await reach_for(parts.ports.registry, caller.subject))
    (row,) = await use.lit(parts.ports, [with_version(found.value, found.version)], await parts.now())
    return json_response(row, version=found.version)


@router.get(
    "/{material}/timeline",
    **operation("materialTimeline", summary=("材料报送过程", "Who did what when"), scope="self", returns=dict),
)
async def timeline(parts: Parts, caller: Caller, material: IdPath) -> Response:
    """From the ledger, oldest first."""
    await parts.ports.materials.within(material, await reach_for(parts.ports.registry, caller.subject))
    return json_response({"items": await parts.reading.timeline(f"material/{material}")})


@router.post(
    "/{material}/give",
    **operation(
        "giveMaterial", summary=("报送材料", "Give the material"), scope="school", roles=GIVERS, command=True,
        returns=shapes.Material,
    ),
)  # fmt: skip
async def give(command: Versioned, material: IdPath, body: use.GiveMaterial) -> Response:
    """Every piece: evidence that the school has already or new, or a note why there is none."""
    return await command.named("GiveMaterial", lambda ports, act: use.give_material(ports, act, material, body))


@router.post(
    "/{material}/withdraw",
    **operation(
        "withdrawMaterial", summary=("撤回材料要求", "Ask no more"), scope="division", roles=ASKERS, command=True,
        returns=shapes.Material,
    ),
)  # fmt: skip
async def withdraw(command: Versioned, material: IdPath, body: use.WithdrawMaterial) -> Response:
    """By the body that asked, or the bureau; the school was not burdened then."""
    return await command.named("WithdrawMaterial", lambda ports, act: use.withdraw_material(ports, act, material, body))
