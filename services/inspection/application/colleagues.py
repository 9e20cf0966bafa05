"""Whose absences one may read: one's own, those of one's own branch, those of the schools one is an officer of."""

from contracts import roles
from services.inspection.application.ports import Registry
from services.inspection.application.reach import CITY_READERS, SCHOOL_ROLES
from services.inspection.domain.registry import Grant


async def colleagues_of(registry: Registry, person: str) -> frozenset[str] | None:
    """Persons; none for whoever reads the whole city."""
    grants = await registry.grants_of(person)
    if any(grant.role in CITY_READERS for grant in grants):
        return None
    branches: set[str] = set()
    for grant in grants:
        branches |= await _branches(registry, grant)
    held = await registry.granted_at(branches) if branches else []
    return frozenset({person}) | {grant.person for grant in held}


async def _branches(registry: Registry, grant: Grant) -> frozenset[str]:
    if grant.role == roles.COUNTY_OFFICER:
        return await registry.branches_of(await registry.schools_of(grant.organisation))
    if grant.role in {roles.CADRE, roles.CONTACT}:
        return frozenset({(await registry.site(grant.organisation)).branch.id})
    return frozenset({grant.organisation}) if grant.role in SCHOOL_ROLES else frozenset()
