"""Routes of grants, and of nominations for the roles of the city."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from contracts import persons, roles
from contracts import registry as shapes
from runtime.http.operation import operation
from services.inspection.application import commands as c
from services.inspection.application import grants
from services.inspection.entrypoints.context import New, Versioned
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1", tags=["registry"])
DECIDING: Final[dict[str, Any]] = {
    "scope": "administrator", "roles": (roles.ADMINISTRATOR, roles.BUREAU_OFFICER), "command": True,
    "returns": persons.Nomination,
}  # fmt: skip


@router.post(
    "/grants",
    **operation(
        "giveGrant", summary=("授权", "Give a role"), scope="administrator", roles=(roles.ADMINISTRATOR,),
        command=True, status=201, returns=shapes.Grant,
    ),
)  # fmt: skip
async def give_grant(command: New, body: c.GiveGrant) -> Response:
    """A role at an organisation."""
    return await command.named("GiveGrant", lambda ports, act: grants.give_grant(ports, act, body))


@router.post(
    "/grants/{grant}/revoke",
    **operation(
        "revokeGrant", summary=("撤销授权", "Revoke a role"), scope="administrator", roles=(roles.ADMINISTRATOR,),
        command=True, returns=shapes.Grant,
    ),
)  # fmt: skip
async def revoke_grant(command: New, grant: IdPath, body: c.RevokeGrant) -> Response:
    """Counts at once."""
    return await command.named("RevokeGrant", lambda ports, act: grants.revoke_grant(ports, act, grant, body))


@router.post(
    "/nominations",
    **operation(
        "nominate", summary=("提名市级角色", "Nominate for a role of the city"), scope="administrator",
        roles=(roles.ADMINISTRATOR,), command=True, status=201, returns=persons.Nomination,
    ),
)  # fmt: skip
async def nominate(command: New, body: c.GiveGrant) -> Response:
    """Counts once another person has confirmed it."""
    return await command.named("Nominate", lambda ports, act: grants.nominate(ports, act, body))


@router.post(
    "/nominations/{nomination}/confirm",
    **operation("confirmNomination", summary=("确认提名", "Confirm a nomination"), **DECIDING),
)
async def confirm(command: Versioned, nomination: IdPath) -> Response:
    """The role is given with it."""
    return await command.named(
        "ConfirmNomination", lambda ports, act: grants.decide(ports, act, nomination, confirmed=True)
    )


@router.post(
    "/nominations/{nomination}/decline",
    **operation("declineNomination", summary=("不同意提名", "Decline a nomination"), **DECIDING),
)
async def decline(command: Versioned, nomination: IdPath, body: c.RevokeGrant) -> Response:
    """With a reason."""
    return await command.named(
        "DeclineNomination",
        lambda ports, act: grants.decide(ports, act, nomination, confirmed=False, note=body.reason),
    )
