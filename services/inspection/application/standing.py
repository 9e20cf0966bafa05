"""Who the caller is: what they may see, and what they may do at one school."""

from contracts import roles
from runtime.access.principal import Grant as Held
from services.inspection.application.ports import Ports, Registry, Site
from services.inspection.application.reach import Reach, reach_of
from services.inspection.domain.authority import Authority, authority_of


async def reach_for(registry: Registry, person: str) -> Reach:
    """What this person may see now."""
    known = await registry.person(person)
    return await reach_of(person, known.school if known else None, await registry.grants_of(person), registry)


async def authority_at(registry: Registry, person: str, site: Site) -> Authority:
    """What this person's grants amount to at a school; the deputy acts where nobody is the secretary."""
    known = await registry.person(person)
    grants = await registry.grants_of(person)
    away = not await registry.holds(roles.SECRETARY, site.place.branch)
    return authority_of(
        person, known.school if known else None, ((g.role, g.organisation) for g in grants), site.place, away
    )


async def standing(ports: Ports, person: str, school: str) -> tuple[Site, Authority]:
    """The school's site and the person's authority there; raises `NotFound`."""
    site = await ports.registry.site(school)
    return site, await authority_at(ports.registry, person, site)


async def held_grants(registry: Registry, person: str) -> list[Held]:
    """The person's grants as the gate of the HTTP side wants them."""
    return [Held(grant.role, grant.organisation) for grant in await registry.grants_of(person)]
