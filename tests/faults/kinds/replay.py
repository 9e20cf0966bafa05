"""The whole log is read again into a shadow: the same state hash, and nothing is sent or changed by it."""

from collections.abc import Mapping

from services.reporting.state import state_hash
from tests.faults.records import read_topic
from tests.faults.shadow import Shadow, caught_up
from tests.faults.system import System
from tests.faults.trial import Fault, Trial

_TOPICS = ("inspection.registry", "inspection.lists", "notification.alerts")


class Replay(Fault):
    """By the projections of both consumers, beside the live ones."""

    name = "replay"
    title = "whole-log replay into a shadow: same hash, nothing sent"

    async def run(self, trial: Trial) -> None:
        """After the load, when everything is quiet."""
        await trial.load.some(trial.amount.before + trial.amount.during)
        await caught_up(trial)
        before = await _outside(trial.system)
        shadow = Shadow.of(trial.system)
        try:
            await shadow.report(trial)
            await shadow.notify(trial)
            live = await state_hash(shadow.database("reporting", live=True))
            if live != await state_hash(shadow.database("reporting")):
                trial.add("replay-differs", "reporting")
            if await shadow.alerts(live=True) != await shadow.alerts(live=False):
                trial.add("replay-differs", "notification")
        finally:
            await shadow.close()
        after = await _outside(trial.system)
        for what, count in before.items():
            if after[what] != count:
                trial.add("replay-was-felt", f"{what}: {count} before, {after[what]} after")


async def _outside(system: System) -> Mapping[str, int]:
    """Everything that a replay could do outside its own databases, counted."""
    found = {topic: len(await read_topic(system.brokers, topic)) for topic in _TOPICS}
    with system.admin() as client:
        for service in ("inspection", "notification", "reporting"):
            db = client[f"{system.prefix}_{service}"]
            for name in set(db.list_collection_names()) - {"sessions", "reached", "lease"}:
                found[f"{service}.{name}"] = db[name].count_documents({})
    return found


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [Replay()]
