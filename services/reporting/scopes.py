"""Whose schools a caller may have counted: structure of today, from the mirror. Deny by default."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from contracts import roles
from runtime.access.principal import Grant

CITY_WIDE: Final = frozenset({roles.BUREAU_OFFICER, roles.ORGANISATION_DEPARTMENT})
OF_BRANCH: Final = frozenset({roles.SECRETARY, roles.DEPUTY_SECRETARY, roles.LIAISON_LEADER})
OF_SCHOOL: Final = frozenset({roles.CADRE, roles.CONTACT})
READERS: Final = (*sorted(CITY_WIDE | OF_BRANCH | OF_SCHOOL), roles.COUNTY_OFFICER, roles.INSPECTION_TOUR_READER)
# They must act on an inspection tour's entry at their school; everybody else but its readers does not know of it.
_ACTING: Final = frozenset({roles.SECRETARY, roles.DEPUTY_SECRETARY})
_DEEPEST: Final = 8

Schools = frozenset[str] | None
"""None: every school."""


class MirrorReading(Protocol):
    """What is read of `runtime.mirror.Mirror`."""

    async def find(self, kind: str, match: Mapping[str, Any] | None = None) -> Sequence[Mapping[str, Any]]:
        """Today's entries of a kind whose fields match."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """The schools whose entries count, and those whose inspection-tour entries count as well.

    `bodies`: what a county leads itself counts for it, so its officers have it counted with its schools; others do not.
    """

    open: Schools = frozenset()
    tour: Schools = frozenset()
    bodies: frozenset[str] = frozenset()

    def without_tours(self) -> "Scope":
        """For a ranking: inspection-tour entries are in none."""
        return replace(self, tour=frozenset())

    def match(self) -> dict[str, Any]:
        """The database's condition on documents with `school`, `tour` and `body`."""
        led = {"body": {"$in": [None, *sorted(self.bodies)]}}
        parts = [
            {"tour": tour, **({} if schools is None else {"school": {"$in": sorted(schools)}, **led})}
            for tour, schools in ((False, self.open), (True, self.tour))
            if schools is None or schools
        ]
        return {"$or": parts} if parts else {"school": {"$in": []}}

    def schools(self) -> dict[str, Any]:
        """The database's condition on documents with `school` alone."""
        if self.open is None or self.tour is None:
            return {}
        return {"school": {"$in": sorted(self.open | self.tour)}}


async def scope_of(grants: Iterable[Grant], mirror: MirrorReading) -> Scope:
    """What these grants reach; nothing for roles that read no report. Raises `Retryable`."""
    held = list(grants)
    opened: set[str] = set()
    toured: set[str] = set()
    for grant in held:
        schools = await _schools(grant, mirror)
        opened |= schools
        if grant.role in _ACTING:
            toured |= schools
    named = {grant.role for grant in held}
    return Scope(
        open=None if named & CITY_WIDE else frozenset(opened),
        tour=None if roles.INSPECTION_TOUR_READER in named else frozenset(toured),
        bodies=frozenset(grant.organisation for grant in held if grant.role == roles.COUNTY_OFFICER),
    )


async def _schools(grant: Grant, mirror: MirrorReading) -> set[str]:
    if grant.role == roles.COUNTY_OFFICER:
        return await _ids(mirror, {"division": grant.organisation})
    if grant.role in OF_BRANCH:
        return await _ids(mirror, {"branch": {"$in": sorted(await _branches(grant.organisation, mirror))}})
    return {grant.organisation} if grant.role in OF_SCHOOL else set()


async def _ids(mirror: MirrorReading, match: Mapping[str, Any]) -> set[str]:
    return {entry["id"] for entry in await mirror.find("school", match)}


async def _branches(branch: str, mirror: MirrorReading) -> set[str]:
    """The branch and all below it."""
    found, newest = {branch}, {branch}
    for _ in range(_DEEPEST):
        below = await mirror.find("branch", {"parent": {"$in": sorted(newest)}})
        newest = {entry["id"] for entry in below} - found
        if not newest:
            break
        found |= newest
    return found
