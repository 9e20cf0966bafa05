"""How far plannings are: one small document a round while it is being planned, beside the ledgers."""

from typing import Final

from runtime.mongo import Database, IndexModel, mongo_errors
from services.inspection.application.planner import Progress

RUNS: Final = "planning_runs"
# A process that died leaves its document behind: it goes by itself.
RUN_INDEXES: Final = [IndexModel([("told", 1)], expireAfterSeconds=300)]


class MongoPlanningRuns:
    """Collection `planning_runs`."""

    def __init__(self, db: Database) -> None:
        self._runs = db[RUNS]

    async def begin(self, round_: str) -> None:
        """A planning of this round begins."""
        row = {"stage": "begins", "cost": None, "bound": None, "stop": False}
        with mongo_errors():
            await self._runs.update_one({"_id": round_}, {"$set": row, "$currentDate": {"told": True}}, upsert=True)

    async def tell(self, round_: str, progress: Progress) -> bool:
        """Write down how far it is; whether it may go on."""
        row = {"stage": progress.stage, "cost": progress.cost, "bound": progress.bound}
        with mongo_errors():
            known = await self._runs.find_one_and_update({"_id": round_}, {"$set": row, "$currentDate": {"told": True}})
        return not (known and known["stop"])

    async def end(self, round_: str) -> None:
        """It has ended."""
        with mongo_errors():
            await self._runs.delete_one({"_id": round_})

    async def read(self, round_: str) -> Progress | None:
        """None when nothing is being planned."""
        with mongo_errors():
            row = await self._runs.find_one({"_id": round_})
        return None if row is None else Progress(stage=row["stage"], cost=row["cost"], bound=row["bound"])

    async def stop(self, round_: str) -> bool:
        """Ask it to stop; whether there was one."""
        with mongo_errors():
            done = await self._runs.update_one({"_id": round_}, {"$set": {"stop": True}})
        return bool(done.matched_count)
