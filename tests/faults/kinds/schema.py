"""A second version of an event beside the first: consumers that do not know it, and one that knows only it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from runtime import canonical
from runtime.consumer.ports import Projection
from runtime.ledger.model import Entry
from runtime.mongo import Database, Session
from services.reporting.bootstrap import projections
from tests.faults.planting import Planter
from tests.faults.shadow import Shadow, caught_up
from tests.faults.trial import Fault, Trial

V1: Final = "inspection.issue.amended.v1"
V2: Final = "inspection.issue.amended.v2"
_MOVED: Final = ("severity", "mode")
_SAME: Final = ("entries", "visits", "inventories", "alerts")


def to_v2(data: bytes) -> bytes:
    """The synthetic second version: what grades an issue lies in a part of its own, under another name."""
    told = canonical.decode(data)
    issue = {name: value for name, value in told["entry"].items() if name not in _MOVED}
    grading = {name: told["entry"][name] for name in _MOVED}
    return canonical.encode({"issue": issue, "grading": grading, "cause": told["cause"]})


def to_v1(data: bytes) -> bytes:
    """Back again."""
    told = canonical.decode(data)
    return canonical.encode({"entry": {**told["issue"], **told["grading"]}, "cause": told["cause"], "focus": None})


class Ahead:
    """A projection one version ahead: of a pair it takes the second version, and still reads old events."""

    def __init__(self, inner: Projection) -> None:
        self._inner = inner

    async def apply(self, entries: Sequence[Entry], session: Session) -> None:
        """As the inner one."""
        paired = {_commit(entry) for entry in entries if entry.type == V2}
        kept = [entry for entry in entries if not (entry.type == V1 and _commit(entry) in paired)]
        await self._inner.apply([_as_v1(entry) if entry.type == V2 else entry for entry in kept], session)


def _commit(entry: Entry) -> str:
    return entry.id.rsplit("/", 1)[0]


def _as_v1(entry: Entry) -> Entry:
    return replace(entry, type=V1, data=to_v1(entry.data))


class NextVersion(Fault):
    """Live consumers are one version behind, a shadow of reporting is one ahead: both count the same."""

    name = "schema"
    title = "a second version beside the first: consumers one behind and one ahead"

    async def inject(self, trial: Trial) -> None:
        """Pairs of both versions, the first with an optional field that nobody knows yet, while the load goes on."""
        for _ in range(trial.amount.times + 1):
            await trial.dwell(trial.amount.during // 6)
            planter = await Planter.on_new_issue(trial, trial.dice)
            for severity in trial.dice.sample(("minor", "major", "critical"), 2):
                planter.entry |= {"severity": severity, "tone": "friendly"}
                data = planter.data()
                await planter.commit("schema", (V1, data), (V2, to_v2(data)))

    async def run(self, trial: Trial) -> None:
        """As every fault; then the shadow reads everything."""
        await super().run(trial)
        await caught_up(trial)
        shadow = Shadow.of(trial.system)
        try:
            await shadow.report(trial, _ahead)
            for name in _SAME:
                live = await _rows(shadow.database("reporting", live=True), name)
                if live != await _rows(shadow.database("reporting"), name):
                    trial.add("versions-differ", name)
        finally:
            await shadow.close()


def _ahead(db: Database) -> Mapping[str, Projection]:
    made = projections(db)
    return {**made, "lists": Ahead(made["lists"])}


async def _rows(db: Database, name: str) -> list[Any]:
    return [row async for row in db[name].find({}).sort("_id", 1)]


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [NextVersion()]
