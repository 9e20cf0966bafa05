"""Routes of when and by whom schools are visited."""

from fastapi import APIRouter
from starlette.responses import Response

from contracts import lists, roles
from runtime.http.operation import operation
from services.inspection.application import arranging
from services.inspection.application import commands_planning as c
from services.inspection.entrypoints.context import New, Versioned
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1/visits", tags=["visits"])
BUREAU = (roles.BUREAU_OFFICER,)
VISIT = lists.Visit


@router.post(
    "",
    **operation(
        "arrangeVisit", summary=("安排轮次外督导", "Arrange a visit outside rounds"), scope="city", roles=BUREAU,
        command=True, status=201, returns=VISIT,
    ),
)  # fmt: skip
async def arrange(command: New, body: c.ArrangeVisit) -> Response:
    """回头看, 抽查 or 专项."""
    return await command.named("ArrangeVisit", lambda ports, act: arranging.arrange_visit(ports, act, body))


@router.post(
    "/{visit}/reschedule",
    **operation(
        "rescheduleVisit", summary=("改期", "Reschedule the visit"), scope="city", roles=BUREAU, command=True,
        returns=VISIT,
    ),
)  # fmt: skip
async def reschedule(command: Versioned, visit: IdPath, body: c.RescheduleVisit) -> Response:
    """Another working day to come."""
    return await command.named(
        "RescheduleVisit", lambda ports, act: arranging.reschedule_visit(ports, act, visit, body)
    )


@router.post(
    "/{visit}/hand-over",
    **operation(
        "handOverVisit", summary=("移交督导", "Hand the visit over"), scope="city", roles=BUREAU, command=True,
        returns=VISIT,
    ),
)  # fmt: skip
async def hand_over(command: Versioned, visit: IdPath, body: c.HandOverVisit) -> Response:
    """To another team, by every rule of planning."""
    return await command.named("HandOverVisit", lambda ports, act: arranging.hand_over_visit(ports, act, visit, body))
