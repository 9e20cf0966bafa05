"""Routes of the terms: the numbers that are configuration and not law."""

from fastapi import APIRouter
from starlette.responses import Response

from contracts import registry as shapes
from contracts import roles
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import terms
from services.inspection.entrypoints.context import New, Parts, with_version

router = APIRouter(prefix="/v1/terms", tags=["registry"])


@router.get(
    "/in-force",
    **operation("readTerms", summary=("现行时限参数", "The terms in force"), scope="self", returns=shapes.Terms),
)
async def in_force(parts: Parts) -> Response:
    """The newest version published, or version 1, which the software brings along."""
    found = await parts.ports.registry.terms()
    return json_response(with_version(found, found.version))


@router.get(
    "", **operation("listTerms", summary=("时限参数各版本", "Versions of the terms"), scope="self", returns=dict)
)
async def page(parts: Parts, page: PageQuery) -> Response:
    """Every version that was published."""
    after = page.after(str)
    rows = await parts.reading.registry("terms", None, {}, after[0] if after else None, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["id"],))
    return json_response({"items": items, "next": cursor})


@router.post(
    "",
    **operation(
        "publishTerms", summary=("发布时限参数", "Publish terms"), scope="city", roles=(roles.BUREAU_OFFICER,),
        command=True, status=201, returns=shapes.Terms,
    ),
)  # fmt: skip
async def publish(command: New, body: terms.PublishTerms) -> Response:
    """The next version: in force at once; what was counted before stays as it was counted."""
    return await command.named("PublishTerms", lambda ports, act: terms.publish_terms(ports, act, body))
