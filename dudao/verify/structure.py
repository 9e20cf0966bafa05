"""The registry as of any of its sequence numbers, folded from its own events."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dudao.verify.log import Log, Sealed

Entry = dict[str, Any]


@dataclass(slots=True)
class Structure:
    """Every version of every registry entry: kind/id → (seqs, entries)."""

    versions: dict[str, tuple[list[int], list[Entry]]] = field(default_factory=dict)
    of_kind: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

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
