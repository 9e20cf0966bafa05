"""The HTTP API: one's own inbox, and for officers the alerts of schools within sight."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from contracts import roles
from contracts.alerts import Rule
from runtime.clock import Clock
from runtime.commands import Call, Commands
from runtime.http.gate import Caller, CallerGrants
from runtime.http.headers import BodyHash, IdempotencyKey, TraceParent, json_response, respond
from runtime.http.operation import operation
from runtime.http.paging import Page, PageQuery
from services.notification.application.attend import Attention, acknowledge_alert, read_alert
from services.notification.application.list_alerts import ListAlerts
from services.notification.application.ports import AlertFilter, Alerts, LoadedAlert, Position
from services.notification.application.views import AlertsView, AlertView, InboxView, counts_view, view

AlertId = Annotated[str, Path(max_length=64, description="提醒编号 / the alert's id")]
OFFICERS = (roles.COUNTY_OFFICER, roles.BUREAU_OFFICER, roles.INSPECTION_TOUR_READER)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the API is made of."""

    alerts: Alerts
    lists: ListAlerts
    commands: Commands
    clock: Clock


def inbox_router(parts: Parts) -> APIRouter:
    """Everybody's own alerts; another person's do not exist."""
    router = APIRouter(tags=["inbox"])

    @router.get(
        "/v1/inbox",
        **operation("list_inbox", summary=("我的提醒", "My alerts, newest first"), scope="self", returns=InboxView),
    )
    async def list_inbox(
        caller: Caller, page: PageQuery, unread: Annotated[bool, Query(description="只看未读 / unread only")] = False
    ) -> Response:
        found = await parts.lists.inbox(caller.subject, unread, _after(page), page.limit + 1)
        rows, following = page.cut(found.items, _place)
        items = [view(row) for row in rows]
        return json_response(InboxView(items=items, next=following, counts=counts_view(found.counts)))

    @router.post(
        "/v1/inbox/{alert}/read",
        **operation("read_alert", summary=("标为已读", "Mark read"), scope="self", command=True, returns=AlertView),
    )
    async def read(alert: AlertId, caller: Caller, key: IdempotencyKey, body: BodyHash, trace: TraceParent) -> Response:
        call = Call(caller.subject, key, body, "ReadAlert", traceparent=trace)
        act = Attention(call, caller.subject, alert, parts.clock.now())
        return respond(await parts.commands.run(call, partial(read_alert, parts.alerts, act)))

    @router.post(
        "/v1/inbox/{alert}/acknowledge",
        **operation(
            "acknowledge_alert",
            summary=("签收确认", "Acknowledge"),
            scope="self",
            command=True,
            returns=AlertView,
        ),
    )
    async def acknowledge(
        alert: AlertId, caller: Caller, key: IdempotencyKey, body: BodyHash, trace: TraceParent
    ) -> Response:
        call = Call(caller.subject, key, body, "AcknowledgeAlert", traceparent=trace)
        act = Attention(call, caller.subject, alert, parts.clock.now())
        return respond(await parts.commands.run(call, partial(acknowledge_alert, parts.alerts, act)))

    return router


def alerts_router(parts: Parts) -> APIRouter:
    """Alerts as officers see them: whom the system told what, and whether it was seen."""
    router = APIRouter(tags=["alerts"])

    @router.get(
        "/v1/alerts",
        **operation(
            "list_alerts",
            summary=("辖区提醒", "Alerts of the schools within sight, newest first"),
            scope="division",
            roles=OFFICERS,
            returns=AlertsView,
        ),
    )
    async def list_alerts(
        grants: CallerGrants,
        page: PageQuery,
        school: Annotated[str | None, Query(max_length=80, description="学校 / school id")] = None,
        rule: Annotated[Rule | None, Query(description="提醒种类 / rule")] = None,
    ) -> Response:
        held = [(grant.role, grant.organisation) for grant in grants]
        asked = AlertFilter(school, rule)
        found = await parts.lists.seen_by(held, asked, _after(page), page.limit + 1)
        rows, following = page.cut(found, _place)
        return json_response(AlertsView(items=[view(row) for row in rows], next=following))

    return router


def _after(page: Page) -> Position | None:
    place = page.after(str, str)
    if place is None:
        return None
    return Position(*place)


def _place(row: LoadedAlert) -> tuple[str, str]:
    return row.alert.raised_at, row.alert.id
