"""Who the caller is: what they may see, and what they may do at one school."""

import asyncio
from datetime import date
from typing import Final

from contracts import roles
from runtime.access.principal import Grant as Held
from services.inspection.application.act import Act
from services.inspection.application.ports import Ports, Registry, Site
from services.inspection.application.reach import Reach, reach_of
from services.inspection.domain.authority import Authority, authority_of, seated

SEATED: Final = frozenset({roles.SECRETARY, roles.DEPUTY_SECRETARY})


async def reach_for(registry: Registry, person: str) -> Reach:
    """What this person may see now."""
    home, grants = await asyncio.gather(home_of(registry, person), registry.grants_of(person))
    staff = (await registry.site(home)).place.covered if home else frozenset[str]()
    return await reach_of(person, home, grants, registry, staff)


async def home_of(registry: Registry, person: str) -> str | None:
    """The school of a person who is there still."""
    known = await registry.person(person)
    return known.school if known and not known.retired else None


async def authority_at(registry: Registry, person: str, site: Site, day: date) -> Authority:
    """What this person's grants amount to at a school on that day; the deputy acts while the secretary is away."""
    home = await home_of(registry, person)
    grants = await registry.grants_of(person)
    held = [(grant.role, grant.organisation) for grant in grants]
    authority = authority_of(person, home, held, site.place)
    if not any(role in SEATED and at == site.place.branch for role, at in held):
        return authority
    return seated(authority, await registry.seat(site.place.branch, day))


async def standing(ports: Ports, act: Act, school: str) -> tuple[Site, Authority]:
    """The school's site and the authority there of whoever acts, as of that moment; raises `NotFound`."""
    site = await ports.registry.site(school)
    return site, await authority_at(ports.registry, act.person, site, act.moment.day)


async def held_grants(registry: Registry, person: str) -> list[Held]:
    """The person's grants as the gate of the HTTP side wants them."""
    return [Held(grant.role, grant.organisation) for grant in await registry.grants_of(person)]
