"""Routes that register, change and retire entries of the registry, one at a time."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body
from starlette.responses import Response

from contracts import registry as shapes
from runtime.http.operation import operation
from services.inspection.application import commands as c
from services.inspection.application import structure
from services.inspection.entrypoints.context import New, Versioned
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1", tags=["registry"])
Entry = Annotated[dict[str, Any], Body()]

# Kind, path, shape, names in both languages. People are registered by a route of their own.
KINDS: Final[tuple[tuple[str, str, type[Any], tuple[str, str]], ...]] = (
    ("division", "divisions", shapes.Division, ("机构", "division")),
    ("school", "schools", shapes.School, ("学校", "school")),
    ("branch", "branches", shapes.Branch, ("党组织", "branch")),
    ("person", "people", shapes.Person, ("人员", "person")),
    ("venue", "venues", shapes.Venue, ("阵地", "venue")),
    ("holiday", "holidays", shapes.Holiday, ("学校假期", "school holiday")),
)


class RetireEntry(c.Command):
    """No longer in use, and why."""

    reason: c.Line


class SchoolWithBranch(c.Command):
    """A school and its own first branch, as they are registered one by one."""

    school: dict[str, Any]
    branch: dict[str, Any]


@router.post(
    "/schools/with-branch",
    **operation(
        "registerSchoolWithBranch", summary=("登记学校及其党组织", "Register a school and its own branch"),
        scope="administrator", roles=structure.keepers("school"), command=True, status=201, returns=shapes.School,
    ),
)  # fmt: skip
async def register_with_branch(command: New, body: SchoolWithBranch) -> Response:
    """Each names the other: both are registered, or neither."""
    return await command.named(
        "RegisterSchoolWithBranch",
        lambda ports, act: structure.register_with_branch(ports, act, body.school, body.branch),
    )


def _registering_route(kind: str, path: str, shape: type, names: tuple[str, str]) -> None:
    name = f"register{kind.title()}"

    @router.post(
        f"/{path}",
        **operation(
            name, summary=(f"登记{names[0]}", f"Register a {names[1]}"), scope="administrator",
            roles=structure.keepers(kind), command=True, status=201, returns=shape,
        ),
    )  # fmt: skip
    async def register(command: New, body: Entry) -> Response:
        return await command.named(
            f"Register{kind.title()}", lambda ports, act: structure.register(ports, act, kind, path, body)
        )


def _changing_routes(kind: str, path: str, shape: type, names: tuple[str, str]) -> None:
    access: dict[str, Any] = {
        "scope": "administrator", "roles": structure.keepers(kind), "command": True, "returns": shape,
    }  # fmt: skip
    changing = (f"变更{names[0]}", f"Change a {names[1]}")
    retiring = (f"停用{names[0]}", f"Retire a {names[1]}")

    @router.put(f"/{path}/{{id}}", **operation(f"change{kind.title()}", summary=changing, **access))
    async def change(command: Versioned, id: IdPath, body: Entry) -> Response:
        return await command.named(
            f"Change{kind.title()}", lambda ports, act: structure.change(ports, act, kind, id, body)
        )

    @router.post(f"/{path}/{{id}}/retire", **operation(f"retire{kind.title()}", summary=retiring, **access))
    async def retire(command: Versioned, id: IdPath, body: RetireEntry) -> Response:
        return await command.named(
            f"Retire{kind.title()}", lambda ports, act: structure.retire(ports, act, kind, id, body.reason)
        )


for _kind, _path, _shape, _names in KINDS:
    if _kind != "person":
        _registering_route(_kind, _path, _shape, _names)
    _changing_routes(_kind, _path, _shape, _names)
