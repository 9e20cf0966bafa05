"""Roles are given and revoked; a role of the city is nominated by one person and confirmed by another."""

from contracts import roles
from runtime.commands import Outcome
from services.inspection.application import commands as c
from services.inspection.application.act import Act
from services.inspection.application.answering import require_answered
from services.inspection.application.changes import of_registry
from services.inspection.application.ports import Ports
from services.inspection.application.registry import office, one, require_second_person, require_whole
from services.inspection.domain.nominating import decided, nominated
from services.inspection.domain.persons import Nomination
from services.inspection.domain.registry import Grant, revoked
from services.inspection.domain.rules_registry import LastAdministrator


async def give_grant(ports: Ports, act: Act, command: c.GiveGrant) -> Outcome:
    """A role at an organisation; team roles come with a round's plan."""
    actor = await office(ports.registry, act, roles.ADMINISTRATOR)
    grant = Grant(id=act.new_id("grant"), person=command.person, role=command.role, organisation=command.organisation)
    await require_whole(ports.registry, {"grant": {grant.id: grant}})
    await require_second_person(ports.registry, act.person, [grant])
    return act.created("/v1/grants", of_registry("grant", grant, 0, "given", act.cause(actor)))


async def revoke_grant(ports: Ports, act: Act, grant: str, command: c.RevokeGrant) -> Outcome:
    """Counts at once."""
    actor = await office(ports.registry, act, roles.ADMINISTRATOR)
    loaded = await one(ports.registry, "grant", grant)
    act.require(loaded)
    gone = revoked(loaded.value)
    if gone.role == roles.ADMINISTRATOR:
        left = await ports.registry.granted_at([gone.organisation])
        if not any(other.role == roles.ADMINISTRATOR and other.id != gone.id for other in left):
            raise LastAdministrator
    await require_answered(ports, {"grant": {gone.id: gone}})
    cause = act.cause(actor, command.reason)
    return act.changed(of_registry("grant", gone, loaded.version, "revoked", cause))


async def nominate(ports: Ports, act: Act, command: c.GiveGrant) -> Outcome:
    """提名: nothing is given yet."""
    actor = await office(ports.registry, act, roles.ADMINISTRATOR)
    nomination = nominated(
        Nomination(
            id=act.new_id("nomination"),
            person=command.person,
            role=command.role,
            organisation=command.organisation,
            by=act.person,
            state="proposed",
            decided_by=None,
        )
    )
    await require_whole(ports.registry, {"grant": {"nominated": _grant("nominated", nomination)}})
    change = of_registry("nomination", nomination, 0, "proposed", act.cause(actor))
    return act.created("/v1/nominations", change)


async def decide(ports: Ports, act: Act, nomination: str, *, confirmed: bool, note: str | None = None) -> Outcome:
    """Confirmed, the role is given in the same act."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER, roles.ADMINISTRATOR)
    loaded = await one(ports.registry, "nomination", nomination)
    act.require(loaded)
    value = decided(loaded.value, act.person, confirmed)
    cause = act.cause(actor, note)
    change = of_registry("nomination", value, loaded.version, value.state, cause)
    if not confirmed:
        return act.changed(change)
    grant = _grant(act.new_id("grant"), value)
    await require_whole(ports.registry, {"grant": {grant.id: grant}})
    return act.changed(change, of_registry("grant", grant, 0, "given", cause))


def _grant(id_: str, nomination: Nomination) -> Grant:
    return Grant(id=id_, person=nomination.person, role=nomination.role, organisation=nomination.organisation)
