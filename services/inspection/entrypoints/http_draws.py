"""Routes of draws 抽查; they are read like the rest of the registry, by anybody."""

from fastapi import APIRouter
from starlette.responses import Response

from contracts import registry as shapes
from contracts import roles
from runtime.http.operation import operation
from services.inspection.application import commands_planning as c
from services.inspection.application import draws
from services.inspection.entrypoints.context import New, Versioned
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1/draws", tags=["rounds"])
BUREAU = (roles.BUREAU_OFFICER,)


@router.post(
    "",
    **operation(
        "commitDraw", summary=("公布抽签名单与种子摘要", "Commit to a draw"), scope="city", roles=BUREAU, command=True,
        status=201, returns=shapes.Draw,
    ),
)  # fmt: skip
async def commit(command: New, body: c.CommitDraw) -> Response:
    """Published before the draw: pool, number, the seed's digest, the public source."""
    return await command.named("CommitDraw", lambda ports, act: draws.commit_draw(ports, act, body))


@router.post(
    "/{draw}/draw",
    **operation(
        "makeDraw", summary=("抽签", "Make the draw"), scope="city", roles=BUREAU, command=True, returns=shapes.Draw
    ),
)
async def make(command: Versioned, draw: IdPath, body: c.MakeDraw) -> Response:
    """From the seed that was committed to and the public value: anybody can repeat it."""
    return await command.named("MakeDraw", lambda ports, act: draws.make_draw(ports, act, draw, body))
