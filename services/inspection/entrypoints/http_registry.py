"""Routes of the registry: who and what there is."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from contracts import persons, roles
from contracts import registry as shapes
from runtime.errors import NotFound
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import commands as c
from services.inspection.application import registry
from services.inspection.application.offices import office_of
from services.inspection.entrypoints.bodies import BundleBody, ChecklistBody
from services.inspection.entrypoints.context import New, Parts
from services.inspection.entrypoints.parameters import IdPath, IdQuery

router = APIRouter(prefix="/v1", tags=["registry"])
MAX_IMPORT: Final = 8 * 1024 * 1024
OFFICES: Final = (roles.ADMINISTRATOR, roles.BUREAU_OFFICER, roles.COUNTY_OFFICER, roles.ORGANISATION_DEPARTMENT)

# Kind, path, shape, names in both languages, the filters; whether anybody signed in may read it, or only the offices.
Kind = tuple[str, str, type[Any], tuple[str, str]]
PUBLIC_KINDS: Final[tuple[Kind, ...]] = (
    ("division", "divisions", shapes.Division, ("县区", "Divisions")),
    ("school", "schools", shapes.School, ("学校", "Schools")),
    ("branch", "branches", shapes.Branch, ("党组织", "Branches")),
    ("checklist", "checklists", shapes.Checklist, ("督导清单", "Checklists")),
    ("team", "teams", shapes.Team, ("督导组", "Teams")),
    ("draw", "draws", shapes.Draw, ("抽查抽签", "Draws")),
    ("calendar", "calendars", shapes.Calendar, ("工作日历", "Calendars")),
    ("venue", "venues", shapes.Venue, ("阵地", "Venues")),
    ("holiday", "holidays", shapes.Holiday, ("学校假期", "School holidays")),
)
OFFICE_KINDS: Final[tuple[Kind, ...]] = (
    ("person", "people", shapes.Person, ("人员", "People")),
    ("grant", "grants", shapes.Grant, ("授权", "Grants")),
    ("round", "rounds", shapes.Round, ("督导轮次", "Rounds")),
)


def _reading_routes(kind: str, path: str, shape: type, names: tuple[str, str], access: dict[str, Any]) -> None:
    @router.get(f"/{path}", **operation(f"list{path.title()}", summary=names, returns=dict, **access))
    async def page(  # noqa: PLR0913, PLR0917 -- a parameter a filter
        parts: Parts,
        caller: Caller,
        page: PageQuery,
        division: IdQuery = None,
        branch: IdQuery = None,
        person: IdQuery = None,
        organisation: IdQuery = None,
        round: IdQuery = None,
    ) -> Response:
        after = page.after(str)
        match = {"division": division, "branch": branch, "person": person, "organisation": organisation, "round": round}
        office = await office_of(parts.ports.registry, caller.subject) if "roles" in access else None
        rows = await parts.reading.registry(kind, office, match, after[0] if after else None, page.limit + 1)
        items, cursor = page.cut(rows, lambda row: (row["id"],))
        return json_response({"items": items, "next": cursor})

    one = (f"{names[0]}：一项", f"{names[1]}: one")
    single = f"/{path}/{{id}}"

    @router.get(single, **operation(f"read{kind.title()}", summary=one, returns=shape, **access))
    async def read(parts: Parts, caller: Caller, id: IdPath) -> Response:
        office = await office_of(parts.ports.registry, caller.subject) if "roles" in access else None
        rows = await parts.reading.registry(kind, office, {"id": id}, None, 1)
        if not rows:
            raise NotFound(f"{kind}/{id}")
        return json_response(rows[0], version=rows[0]["version"])


for _kind, _path, _shape, _names in PUBLIC_KINDS:
    _reading_routes(_kind, _path, _shape, _names, {"scope": "self"})
for _kind, _path, _shape, _names in OFFICE_KINDS:
    _reading_routes(_kind, _path, _shape, _names, {"scope": "city", "roles": OFFICES})
_reading_routes(
    "nomination", "nominations", persons.Nomination, ("提名", "Nominations"),
    {"scope": "city", "roles": (roles.ADMINISTRATOR, roles.BUREAU_OFFICER)},
)  # fmt: skip


@router.post(
    "/registry/imports",
    **operation(
        "importRegistry", summary=("导入基础数据", "Import the registry"), scope="administrator",
        roles=(roles.ADMINISTRATOR,), command=True, returns=dict, max_body=MAX_IMPORT,
    ),
)  # fmt: skip
async def import_registry(command: New, body: BundleBody) -> Response:
    """All of it or nothing; what is already so stays untouched."""
    bundle = body.model_dump()
    return await command.named("ImportRegistry", lambda ports, act: registry.import_registry(ports, act, bundle))


@router.post(
    "/people",
    **operation(
        "registerPerson", summary=("登记人员", "Register a person"), scope="administrator",
        roles=(roles.ADMINISTRATOR,), command=True, status=201, returns=shapes.Person,
    ),
)  # fmt: skip
async def register_person(command: New, body: c.RegisterPerson) -> Response:
    """Name and post, nothing more."""
    return await command.named("RegisterPerson", lambda ports, act: registry.register_person(ports, act, body))


@router.post(
    "/checklists",
    **operation(
        "publishChecklist", summary=("发布督导清单", "Publish a checklist"), scope="city",
        roles=(roles.BUREAU_OFFICER,), command=True, status=201, returns=shapes.Checklist,
    ),
)  # fmt: skip
async def publish_checklist(command: New, body: ChecklistBody) -> Response:
    """A published version never changes."""
    return await command.named(
        "PublishChecklist", lambda ports, act: registry.publish_checklist(ports, act, body.checklist())
    )
