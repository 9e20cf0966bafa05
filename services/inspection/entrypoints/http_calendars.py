"""The route by which a year's calendar lands; calendars are read with the rest of the registry."""

from fastapi import APIRouter
from starlette.responses import Response

from contracts import registry as shapes
from contracts import roles
from runtime.http.operation import operation
from services.inspection.application import calendars
from services.inspection.entrypoints.context import New

router = APIRouter(prefix="/v1", tags=["registry"])


@router.post(
    "/calendars",
    **operation(
        "publishCalendar", summary=("公布工作日历", "Publish a year's working days"), scope="administrator",
        roles=(roles.ADMINISTRATOR, roles.BUREAU_OFFICER), command=True, status=201, returns=shapes.Calendar,
    ),
)  # fmt: skip
async def publish_calendar(command: New, body: calendars.PublishCalendar) -> Response:
    """Provisional dates of open issues are counted anew afterwards, each as an event of its issue."""
    return await command.named("PublishCalendar", lambda ports, act: calendars.publish_calendar(ports, act, body))
