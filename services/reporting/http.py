"""The reporting API: five reports, each by a dimension and at an instant."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from runtime.access.principal import Grant
from runtime.http.gate import CallerGrants
from runtime.http.headers import json_response
from runtime.http.operation import operation
from services.reporting.answers import ANSWERS
from services.reporting.catalogue import REPORTS, Report
from services.reporting.reports import Reports
from services.reporting.scopes import READERS, Scope

SUMMARIES: Final = {
    "rectification": ("整改率、按期整改率、整改用时", "Rectification: rates, overdue, days to close"),
    "issues": ("问题按状态统计", "Issues by state"),
    "visits": ("督导检查与到校数", "Visits and distinct schools visited"),
    "indicators": ("指标汇总", "Totals of the indicators"),
    "alerts": ("提醒统计", "Alerts raised, read, acknowledged"),
}
AsOf = Annotated[
    str | None,
    Query(description="RFC 3339，缺省为已统计到的最新时刻 / default: the newest instant reached", max_length=40),
]
ScopeOf = Callable[[tuple[Grant, ...]], Awaitable[Scope]]


def report_routes(reports: Reports, scope_of: ScopeOf) -> APIRouter:
    """One route a report; the scope of the answer is that of the caller's grants."""
    router = APIRouter(prefix="/v1/reports", tags=["reports"])
    for report in REPORTS.values():
        _add(router, report, reports, scope_of)
    return router


def _add(router: APIRouter, report: Report, reports: Reports, scope_of: ScopeOf) -> None:
    by_type = Annotated[
        str,
        Query(description="按什么统计 / by what", max_length=40, json_schema_extra={"enum": list(report.dimensions)}),
    ]

    async def answer(grants: CallerGrants, by: by_type = "city", as_of: AsOf = None) -> Response:
        return json_response(await reports.answer(report, by, as_of, await scope_of(grants)))

    named: dict[str, Any] = operation(
        f"report_{report.name}",
        summary=SUMMARIES[report.name],
        scope="school",
        roles=READERS,
        returns=ANSWERS[report.name],
    )
    router.get(f"/{report.name}", **named)(answer)
