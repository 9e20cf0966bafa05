"""A commit whose bytes nobody can decode: it is set apart with its reason, what follows on it waits, nothing else."""

from dudao.verify.findings import Finding
from runtime.clock import SystemClock
from runtime.consumer.dead_letters import DeadLetters
from runtime.consumer.ports import Projection
from runtime.mirror import Mirror
from runtime.mongo import Database, Mongo
from services.notification.adapters.mirror_structures import MirrorStructures
from services.notification.adapters.mongo_alert_writing import MongoAlertWriting
from services.notification.application.raise_alerts import RaiseAlerts
from services.reporting.bootstrap import projections
from tests.faults.planting import Planter
from tests.faults.trial import Fault, Trial

_GARBAGE = (b"\xff\xfe\x00 no json", b"", b'{"entry": {"id": ', b'{"entry": [], "cause": 7}', b"[[[[")
# A type that every consumer of the lists would decode.
_TYPE = "inspection.issue.submitted.v1"
_CONSUMERS = ("notification", "reporting")


class Poison(Fault):
    """Two consumers, one garbage, one sane event behind it; then retry, which fails, and discard with a reason."""

    name = "poison"
    title = "a commit that no consumer can decode"
    # A second reading of the log would meet the garbage again.
    ruins = True

    async def inject(self, trial: Trial) -> None:
        """While the load goes on, which it must not disturb."""
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        planter = await Planter.on_new_issue(trial, trial.dice)
        garbage = await planter.commit("poison", (_TYPE, trial.dice.choice(_GARBAGE)))
        await planter.commit("antidote", ("inspection.issue.amended.v1", planter.data()))
        mongo = Mongo(trial.system.mongod.url)
        try:
            for service in _CONSUMERS:
                await self._settle(trial, mongo, service, planter.aggregate, garbage.request)
        finally:
            await mongo.close()

    async def _settle(self, trial: Trial, mongo: Mongo, service: str, aggregate: str, request: str) -> None:
        db = mongo.database(f"{trial.system.prefix}_{service}")
        letters = DeadLetters(mongo, db, _projections(service, db), SystemClock())

        async def buried() -> bool:
            states = [row["state"] for row in await letters.rows(1000) if row["aggregate"] == aggregate]
            return sorted(states) == ["dead", "parked"]

        await trial.until(buried, f"{service} has buried the poison and parked what follows", within=90)
        front = next(row for row in await letters.rows(1000) if row["aggregate"] == aggregate)
        if not front["entry"]["id"].startswith(request) or not front["reason"]:
            trial.add("wrong-row-dead", f"{service} {front['_id']}")
        if (await letters.retry(front["_id"])).front != front["_id"]:
            trial.add("garbage-was-applied", f"{service} {front['_id']}")
        settled = await letters.discard(front["_id"], "无法读取")
        if settled.applied != 1 or settled.front is not None:
            trial.add("parked-not-applied", f"{service} {front['_id']}: {settled}")

    def allowed(self, finding: Finding) -> bool:
        """That it cannot be read is the fault itself."""
        return finding.code == "event-unreadable"


def _projections(service: str, db: Database) -> dict[str, Projection]:
    if service == "reporting":
        return projections(db)
    return {"lists": RaiseAlerts(MirrorStructures(Mirror(db)), MongoAlertWriting(db))}


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [Poison()]
