"""The city's structure from this service's mirror of the registry: as of a sequence number, or of today."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from runtime.errors import NotFound
from services.notification.domain.surroundings import OF_A_SCHOOL, SEATED, Away, Holding, Surroundings

Row = Mapping[str, Any]

_REMEMBERED: Final = 4096
_HIGHEST_BRANCH: Final = 8
LOOKUPS: Final = ("person", "organisation", "division", "school", "parent")


class MirrorReading(Protocol):
    """What is read of `runtime.mirror.Mirror`; `seq` None means today."""

    async def get(self, kind: str, id: str, seq: int | None = None) -> Row | None:
        """The entry as of `seq`, None where there was none."""
        ...

    async def find(self, kind: str, match: Mapping[str, Any] | None = None, seq: int | None = None) -> Sequence[Row]:
        """The entries whose fields matched (values, or the database's operators) as of `seq`."""
        ...


class MirrorStructures:
    """Resolves structure. What stood as of a sequence number that was reached never changes, so it is remembered."""

    def __init__(self, mirror: MirrorReading) -> None:
        self._mirror = mirror
        self._known: OrderedDict[tuple[str, str | None, int], Surroundings] = OrderedDict()

    async def around(self, school: str, team: str | None, registry: int) -> Surroundings:
        """What stood around the school as of that registry sequence number; raises `NotFound` without the school."""
        key = (school, team, registry)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = await self._look_up(school, team, registry)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    async def officers(self, bodies: Sequence[str], registry: int) -> frozenset[Holding]:
        """Who held a role at one of these bodies as of that registry sequence number."""
        return await self._holdings(bodies, registry)

    async def schools_of(self, divisions: Sequence[str]) -> list[str]:
        """Ids of the schools that are the divisions' today."""
        rows = await self._mirror.find("school", {"division": {"$in": list(divisions)}})
        return sorted(row["id"] for row in rows)

    async def grants_of(self, person: str) -> list[tuple[str, str]]:
        """(role, organisation) of the person's grants in force today."""
        rows = await self._mirror.find("grant", {"person": person, "revoked": False})
        return [(row["role"], row["organisation"]) for row in rows]

    async def _look_up(self, school: str, team: str | None, registry: int) -> Surroundings:
        place = await self._require("school", school, registry)
        branches = await self._branches(place["branch"], registry)
        division = await self._require("division", place["division"], registry)
        city = division["parent"] or division["id"]
        lines = [branch["id"] for branch in branches]
        organisations = sorted({school, *lines, division["id"], city, *([team] if team else [])})
        holdings = await self._holdings(organisations, registry)
        return Surroundings(
            school=school,
            school_name=place["name"],
            covered=branches[0]["lead_school"] != school,
            branches=tuple(lines),
            division=division["id"],
            city=city,
            city_direct=division["kind"] == "city_direct",
            team=team,
            holdings=holdings,
            members=await self._members(school, branches[0], registry),
            absences=await self._absences(holdings, registry),
        )

    async def _branches(self, nearest: str, registry: int) -> list[Row]:
        line = [await self._require("branch", nearest, registry)]
        # Bounded, since two branches that name each other as parents must not hang the stream.
        while (parent := line[-1]["parent"]) is not None and len(line) < _HIGHEST_BRANCH:
            line.append(await self._require("branch", parent, registry))
        return line

    async def _holdings(self, organisations: Sequence[str], registry: int) -> frozenset[Holding]:
        match = {"organisation": {"$in": list(organisations)}, "revoked": False}
        rows = await self._mirror.find("grant", match, registry)
        return frozenset(Holding(row["organisation"], row["role"], row["person"]) for row in rows)

    async def _members(self, school: str, branch: Row, registry: int) -> frozenset[str]:
        schools = sorted({school, *branch["schools"]})
        family, level = {*schools, branch["id"]}, [branch["id"]]
        while level:
            rows = await self._mirror.find("branch", {"parent": {"$in": level}}, registry)
            level = sorted({row["id"] for row in rows} - family)
            family |= set(level)
        held = await self._holdings(sorted(family), registry)
        homes = await self._mirror.find("person", {"school": {"$in": schools}, "retired": False}, registry)
        return frozenset(h.person for h in held if h.role in OF_A_SCHOOL) | {row["id"] for row in homes}

    async def _absences(self, holdings: frozenset[Holding], registry: int) -> frozenset[Away]:
        persons = sorted({held.person for held in holdings if held.role in SEATED})
        match = {"person": {"$in": persons}, "ended": False}
        rows = await self._mirror.find("absence", match, registry) if persons else ()
        return frozenset(Away(row["person"], row["starts"], row["ends"]) for row in rows)

    async def _require(self, kind: str, id: str, registry: int) -> Row:
        row = await self._mirror.get(kind, id, registry)
        if row is None:
            raise NotFound(f"{kind} {id} as of registry {registry}")
        return row
