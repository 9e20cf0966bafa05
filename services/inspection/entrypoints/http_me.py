"""Routes about the caller: who am I, what is mine to do now."""

from fastapi import APIRouter
from starlette.responses import Response

from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from services.inspection.application.standing import reach_for
from services.inspection.application.todo import todo_for
from services.inspection.entrypoints.context import Parts

router = APIRouter(prefix="/v1/me", tags=["me"])


@router.get("", **operation("readMe", summary=("我的身份", "Who am I"), scope="self", returns=dict))
async def me(parts: Parts, caller: Caller) -> Response:
    """The person and the grants in force."""
    person = await parts.ports.registry.person(caller.subject)
    grants = await parts.ports.registry.grants_of(caller.subject)
    return json_response(
        {
            "person": caller.subject,
            "name": person.name if person else None,
            "post": person.post if person else None,
            "school": person.school if person else None,
            "grants": [{"id": g.id, "role": g.role, "organisation": g.organisation} for g in grants],
        }
    )


@router.get(
    "/todo", **operation("listTodo", summary=("我的待办", "What is mine to do now"), scope="self", returns=dict)
)
async def todo(parts: Parts, caller: Caller) -> Response:
    """Most urgent first."""
    registry = parts.ports.registry
    reach = await reach_for(registry, caller.subject)
    return json_response({"items": await todo_for(parts.ports, parts.reading, reach, caller.subject)})
