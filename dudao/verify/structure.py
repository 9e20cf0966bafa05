"""The registry as of any of its sequence numbers, folded from its own events."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from contracts import roles
from dudao.verify.log import Log, Sealed

Entry = dict[str, Any]
_OF_A_SCHOOL: Final = frozenset({roles.SECRETARY, roles.DEPUTY_SECRETARY, roles.CADRE, roles.CONTACT})


@dataclass(slots=True)
class Structure:
    """Every version of every registry entry: kind/id → (seqs, entries)."""

    versions: dict[str, tuple[list[int], list[Entry]]] = field(default_factory=dict)
    of_kind: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _members: dict[tuple[str, str, int], set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, log: Log) -> "Structure":
        """Fold the registry's one stream."""
        found = cls()
        for event in log.told():
            found.take(event)
        return found

    def take(self, event: Sealed) -> None:
        """Add the next event."""
        if event.aggregate not in self.versions:
            self.versions[event.aggregate] = ([], [])
            self.of_kind[event.aggregate.split("/")[0]].append(event.aggregate)
        seqs, entries = self.versions[event.aggregate]
        seqs.append(event.seq)
        entries.append(msgspec.json.decode(event.data)["entry"])

    def at(self, kind: str, id_: str, seq: int) -> Entry | None:
        """The entry as it was when the registry stood at `seq`."""
        return self._at(f"{kind}/{id_}", seq)

    def _at(self, aggregate: str, seq: int) -> Entry | None:
        seqs, entries = self.versions.get(aggregate, ([], []))
        place = bisect_right(seqs, seq)
        return entries[place - 1] if place else None

    def grants_at(self, seq: int) -> dict[tuple[str, str], set[str]]:
        """(role, organisation) → persons, for all grants in force when the registry stood at `seq`."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for aggregate in self.of_kind["grant"]:
            grant = self._at(aggregate, seq)
            if grant and not grant["revoked"]:
                found[grant["role"], grant["organisation"]].add(grant["person"])
        return found

    def away_at(self, seq: int, day: str) -> set[str]:
        """Persons who were away on that day, by what the registry said when it stood at `seq`."""
        absences = (self._at(aggregate, seq) for aggregate in self.of_kind["absence"])
        return {one["person"] for one in absences if one and not one["ended"] and one["starts"] <= day <= one["ends"]}

    def members_at(self, school: str, branch: str, seq: int) -> set[str]:
        """Who belonged to the school, to one that its branch covers, or to a group below it."""
        key = (school, branch, seq)
        if key not in self._members:
            self._members[key] = self._belonging(school, branch, seq)
        return self._members[key]

    def _belonging(self, school: str, branch: str, seq: int) -> set[str]:
        schools = {school, *(self.at("branch", branch, seq) or {"schools": ()})["schools"]}
        groups = {branch}
        everything = [found for aggregate in self.of_kind["branch"] if (found := self._at(aggregate, seq))]
        while more := {one["id"] for one in everything if one["parent"] in groups} - groups:
            groups |= more
        grants = self.grants_at(seq)
        held = {person for (role, at), some in grants.items() if role in _OF_A_SCHOOL and at in schools | groups
                for person in some}  # fmt: skip
        people = (self._at(aggregate, seq) for aggregate in self.of_kind["person"])
        return held | {one["id"] for one in people if one and one["school"] in schools and not one.get("retired")}
