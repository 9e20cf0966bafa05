"""Routes of rounds."""

from fastapi import APIRouter
from starlette.responses import Response

from contracts import registry as shapes
from contracts import roles
from runtime.http.operation import operation
from services.inspection.application import commands as c
from services.inspection.application import rounds
from services.inspection.entrypoints.context import New, Versioned
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1/rounds", tags=["rounds"])
BUREAU = (roles.BUREAU_OFFICER,)


@router.post(
    "",
    **operation(
        "openRound", summary=("开启督导轮次", "Open a round"), scope="city", roles=BUREAU, command=True, status=201,
        returns=shapes.Round,
    ),
)  # fmt: skip
async def open_round(command: New, body: c.OpenRound) -> Response:
    """A period and a checklist version."""
    return await command.named("OpenRound", lambda ports, act: rounds.open_round(ports, act, body))


@router.post(
    "/{round}/plan",
    **operation(
        "planRound", summary=("编排督导计划", "Plan a round"), scope="city", roles=BUREAU, command=True,
        returns=shapes.Round,
    ),
)  # fmt: skip
async def plan(command: Versioned, round: IdPath, body: c.PlanRound) -> Response:
    """Teams and visits that keep every hard rule."""
    return await command.named("PlanRound", lambda ports, act: rounds.plan_the_round(ports, act, round, body))
