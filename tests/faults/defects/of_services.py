"""Mistakes in the write path, and in what services make of events."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo import WriteConcern

from runtime import ids
from runtime.commands import Call, Commands, Outcome
from runtime.errors import Conflict
from runtime.ledger import writer as writers
from runtime.ledger.model import Answer, Unit
from runtime.ledger.writer import COMMITS, GroupWriter
from runtime.mongo import Database, Session
from runtime.mongo import transaction as transactions
from tests.faults.defects.defect import Defect, swap

_BETWEEN_S = 0.05
# Longer than most processes live under a fault that kills them.
_LATER_S = 2.0


def _on_issue(unit: Unit) -> bool:
    """Whether it is one of the commands under load: the city must be set up as ever."""
    return unit.command.endswith("Issue")


def w1() -> None:
    """Acknowledged once the primary alone has it."""
    swap(transactions, "WriteConcern", lambda *_, **__: WriteConcern(w=1))


def never_answered() -> None:
    """A repeated request is carried out again."""

    async def nothing(self: Any, call: Call) -> None:
        return None

    swap(Commands, "_first_answer", nothing)


def looked_once() -> None:
    """The first answer is looked for before everything else, and never again."""

    async def run(self: Any, call: Call, handler: Callable[[], Any]) -> Answer:
        answer: Answer | None = await self._first_answer(call)
        if answer is not None:
            return answer
        for _ in range(8):
            try:
                outcome: Outcome = await handler()
                made: Answer = await self._attempt(call, outcome)
            except Conflict:
                await asyncio.sleep(0.01)
            else:
                return made
        raise Conflict("again and again")

    swap(Commands, "run", run)


def bisection_drops() -> None:
    """Of a group with a conflict the second half is taken as written."""

    async def without_guilty(self: Any, group: list[Any], error: Exception) -> None:
        if len(group) == 1:
            writers._settle(group[0], error)
            return
        middle = len(group) // 2
        await self._write_group(group[:middle])
        for item in group[middle:]:
            writers._settle(item, None)

    swap(GroupWriter, "_without_guilty", without_guilty)


def acknowledged_early() -> None:
    """The caller is told before the transaction has come to its end."""
    right = GroupWriter._write_group

    async def write_group(self: Any, group: list[Any]) -> None:
        for item in group:
            if _on_issue(item.unit):
                writers._settle(item, None)
        await right(self, group)

    swap(GroupWriter, "_write_group", write_group)


def states_apart() -> None:
    """Commits in one transaction, states a moment later."""

    whole = writers.write_units

    async def write_units(session: Session, db: Database, units: Sequence[Unit], *, commit: bool = False) -> None:
        commits = [document for unit in units if _on_issue(unit) for document in writers.commit_documents(unit)]
        if commits:
            await db[COMMITS].insert_many(commits, session=session)
        others = [unit for unit in units if not _on_issue(unit)]
        if others:
            await whole(session, db, others, commit=commit)

    right = GroupWriter._write_group

    async def write_group(self: Any, group: list[Any]) -> None:
        await right(self, group)
        await asyncio.sleep(_BETWEEN_S)
        for item in (item for item in group if _on_issue(item.unit)):
            for change in item.unit.changes:
                state = {"version": change.expected + 1, "entry": dict(change.state)}
                await self._db[change.collection].replace_one({"_id": change.id}, state, upsert=True)

    swap(writers, "write_units", write_units)
    swap(GroupWriter, "_write_group", write_group)


def if_match_ignored() -> None:
    """What the caller has seen does not matter."""
    swap(Call, "require_version", lambda _self, _version: None)


def evidence_later() -> None:
    """The bytes are kept when there is time."""
    from services.inspection.adapters.bucket_files import BucketFiles

    right = BucketFiles.keep
    keeping: set[asyncio.Task[None]] = set()

    async def later(self: Any, file: str, data: Any, media_type: str) -> None:
        if not isinstance(data, bytes):
            data.seek(0)
            data = data.read()

        async def keep() -> None:
            await asyncio.sleep(_LATER_S)
            await right(self, file, data, media_type)

        task = asyncio.create_task(keep())
        keeping.add(task)
        task.add_done_callback(keeping.discard)

    swap(BucketFiles, "keep", later)


def stored_contribution_forgotten() -> None:
    """An entry's former contribution is known only if it came in the same batch."""
    from services.reporting import folding, projections

    right = folding.fold

    def fold(batch: Any, stored: Mapping[Any, Any]) -> Any:
        return right(batch, {key: value for key, value in stored.items() if key[0] != "issues"})

    swap(projections, "fold", fold)


def alert_id_random() -> None:
    """Every reading of the log gives alerts of its own."""
    from services.notification.application import raise_alerts

    def random_of_three(*parts: str) -> str:
        return ids.new_id() if len(parts) == 3 and parts[0] != raise_alerts.PRINCIPAL else ids.derive_id(*parts)

    swap(raise_alerts, "derive_id", random_of_three)


def structure_of_today() -> None:
    """Recipients are those of today, not of the event's time."""
    from services.notification.adapters.mirror_structures import MirrorStructures

    right = MirrorStructures.around

    async def around(self: Any, school: str, team: str | None, seq: int) -> Any:
        return await right(self, school, team, 2**31)

    swap(MirrorStructures, "around", around)


DEFECTS = (
    Defect("w1", "transactions with write concern 1", w1, ("mongo-cut-off", "mongo-kill"), 4),
    Defect("never-answered", "a retry re-executes: the first answer is not looked up",
           never_answered, ("kill-inspection",), 1),
    Defect("looked-once", "the first answer is looked up before the commit only",
           looked_once, ("kill-inspection", "client-hangup"), 4),
    Defect("group-bisection-drops", "bisection around a conflict drops the rest of the group",
           bisection_drops, ("kill-inspection", "client-hangup"), 5),
    Defect("acknowledged-early", "acknowledged before the transaction is committed",
           acknowledged_early, ("kill-inspection", "mongo-kill"), 3),
    Defect("states-apart", "commit and state in two transactions", states_apart, ("kill-inspection",), 3),
    Defect("if-match-ignored", "a version that was not seen is overwritten", if_match_ignored, ("kill-portal",), 1),
    Defect("evidence-later", "the bytes of evidence are kept after the commit",
           evidence_later, ("kill-inspection",), 5),
    Defect("stored-contribution-forgotten", "rollups move by the batch's own history, not the stored contribution",
           stored_contribution_forgotten, ("kill-portal",), 1),
    Defect("alert-id-random", "alert ids are random", alert_id_random, ("replay",), 1),
    Defect("structure-of-today", "recipients by today's structure, not the event's", structure_of_today,
           ("replay", "pause-notification-worker"), 2),
)  # fmt: skip
