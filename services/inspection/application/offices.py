"""Which people and grants an office may read: the city's all, a county its own."""

from dataclasses import dataclass
from typing import Final

from contracts import roles
from services.inspection.application.ports import Registry

EVERYTHING: Final = frozenset({roles.ADMINISTRATOR, roles.BUREAU_OFFICER, roles.ORGANISATION_DEPARTMENT})


@dataclass(frozen=True, slots=True)
class Office:
    """Schools and organisations of a county, and who holds a role there."""

    schools: frozenset[str]
    organisations: frozenset[str]
    holders: frozenset[str]


async def office_of(registry: Registry, person: str) -> Office | None:
    """What this person's county grants open; none for a role of the city."""
    grants = await registry.grants_of(person)
    if any(grant.role in EVERYTHING for grant in grants):
        return None
    divisions = {grant.organisation for grant in grants if grant.role == roles.COUNTY_OFFICER}
    schools: frozenset[str] = frozenset()
    for division in divisions:
        schools |= await registry.schools_of(division)
    organisations = frozenset(divisions) | schools | await registry.branches_of(schools)
    held = await registry.granted_at(organisations)
    return Office(schools, organisations, frozenset(grant.person for grant in held))
