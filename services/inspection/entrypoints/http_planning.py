"""Routes of planning: terms, progress, live checks, changes of a round's plan."""

from fastapi import APIRouter
from starlette.responses import Response

from contracts import registry as shapes
from contracts import roles
from runtime.http.headers import json_response
from runtime.http.operation import operation
from services.inspection.application import commands_planning as c
from services.inspection.application import planning
from services.inspection.application.rounds import prices_in_force
from services.inspection.entrypoints.context import Checked, New, Parts, Versioned
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1", tags=["rounds"])
BUREAU = (roles.BUREAU_OFFICER,)


@router.get(
    "/planning/terms",
    **operation(
        "readPlanningTerms", summary=("排计划参数", "Planning terms"), scope="city", roles=BUREAU,
        returns=shapes.PlanningTerms,
    ),
)  # fmt: skip
async def terms(parts: Parts) -> Response:
    """Those in force; version 0 until some are set."""
    return json_response(await prices_in_force(parts.ports))


@router.put(
    "/planning/terms",
    **operation(
        "setPlanningTerms", summary=("设定排计划参数", "Set the planning terms"), scope="city", roles=BUREAU,
        command=True, returns=shapes.PlanningTerms,
    ),
)  # fmt: skip
async def set_terms(command: New, body: c.SetPlanningTerms) -> Response:
    """Distances and weights; every version is kept."""
    return await command.named("SetPlanningTerms", lambda ports, act: planning.set_terms(ports, act, body))


@router.get(
    "/rounds/{round}/planning",
    **operation(
        "readPlanning", summary=("排计划进度", "How far the planning is"), scope="city", roles=BUREAU, returns=dict
    ),
)
async def progress(parts: Parts, round: IdPath) -> Response:
    """Stage, and the best cost and bound so far, while the round is being planned; else none."""
    return json_response({"planning": await parts.ports.planning_runs.read(round)})


@router.post(
    "/rounds/{round}/planning/stop",
    **operation("stopPlanning", summary=("停止排计划", "Stop the planning"), scope="city", roles=BUREAU, returns=dict),
)
async def stop(parts: Parts, round: IdPath) -> Response:
    """Whoever waits for the plan is told within a second or two."""
    return json_response({"stopped": await parts.ports.planning_runs.stop(round)})


@router.post(
    "/rounds/{round}/plan/check",
    **operation(
        "checkPlanChange", summary=("试算计划调整", "Check a change of the plan"), scope="city", roles=BUREAU,
        returns=dict,
    ),
)  # fmt: skip
async def check(checked: Checked, round: IdPath, body: c.TryChange) -> Response:
    """Which rules it would break and what it would cost; nothing is changed."""
    return await checked.told(lambda ports, act: planning.try_change(ports, act, round, body))


@router.post(
    "/rounds/{round}/plan/replacement",
    **operation(
        "proposeReplacement", summary=("成员退出时的最小调整", "Smallest change without a cadre"), scope="city",
        roles=BUREAU, returns=dict,
    ),
)  # fmt: skip
async def replacement(checked: Checked, round: IdPath, body: c.ReplaceMember) -> Response:
    """The fewest moves that keep every rule; nothing is changed."""
    return await checked.told(lambda ports, act: planning.propose_replacement(ports, act, round, body))


@router.post(
    "/rounds/{round}/plan/change",
    **operation(
        "changePlan", summary=("调整督导计划", "Change the plan"), scope="city", roles=BUREAU, command=True,
        returns=shapes.Round,
    ),
)  # fmt: skip
async def change(command: Versioned, round: IdPath, body: c.ChangePlan) -> Response:
    """Swaps and moves in one act, where they break no rule."""
    return await command.named("ChangePlan", lambda ports, act: planning.change_plan(ports, act, round, body))
