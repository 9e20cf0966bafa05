"""One ledger's watermarks, dead rows, alarms and confirmations in MongoDB, beside the service's own collections."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from runtime.clock import Clock, to_micros
from runtime.consumer.aside import evidence_of_entry, keep_aside, prepare_aside
from runtime.consumer.core import Mark, Standing
from runtime.consumer.dead_rows import bury, open_rows, park, prepare_dead_rows
from runtime.consumer.ports import Position, Projection, Remembering, Stale, Step
from runtime.consumer.sessions import SESSIONS, Sessions
from runtime.ledger.chain import genesis
from runtime.ledger.model import Entry, Ledger
from runtime.ledger.read import Heads
from runtime.mongo import Collection, Database, Document, Mongo, Session, UpdateOne, mongo_errors

WATERMARKS: Final = "watermarks"
REACHED: Final = "reached"
ALARMS: Final = "alarms"
PAST_ALARMS: Final = "past_alarms"
_WRONG_CLOCK_MICROS: Final = 60_000_000

_log = logging.getLogger(__name__)


class MongoStore:
    """Keeps a consumer's place in one ledger; effects and watermarks are one transaction."""

    def __init__(
        self,
        mongo: Mongo,
        db: Database,
        ledger: Ledger,
        projection: Projection,
        clock: Clock,
        sessions: Sessions | None = None,
    ) -> None:
        self._sessions = sessions
        self._mongo = mongo
        self._db = db
        self._ledger = ledger
        self._projection = projection
        self._clock = clock

    async def prepare(self, ledger_id: str) -> None:
        """Make the watermark rows that are missing, and every collection, since a transaction should make none."""
        name = self._ledger.name
        with mongo_errors():
            await _make_collections(self._db)
            await self._watermarks.bulk_write(
                [
                    UpdateOne(
                        {"_id": f"{name}/{stream}"},
                        {
                            "$setOnInsert": {
                                "ledger": name,
                                "stream": stream,
                                "ledger_id": ledger_id,
                                "seq": 0,
                                "hash": genesis(ledger_id, name, stream),
                                "stopped": None,
                            }
                        },
                        upsert=True,
                    )
                    for stream in range(self._ledger.streams)
                ]
            )

    async def load(self) -> Position | None:
        """Where it stands; None while rows are missing."""
        with mongo_errors():
            rows = await self._watermarks.find({"ledger": self._ledger.name}).to_list(None)
            if len(rows) < self._ledger.streams:
                return None
            marks = {row["stream"]: Mark(row["ledger_id"], row["seq"], row["hash"]) for row in rows}
            stopped = {row["stream"] for row in rows if row["stopped"] is not None}
            return Position(marks, stopped, *await open_rows(self._db, self._ledger.name))

    async def commit(self, step: Step) -> None:
        """One transaction: watermarks first, so that a race is lost before any work is done twice."""

        async def work(session: Session) -> None:
            await self._move(step.moves, session)
            if step.parked:
                await park(self._db, step.parked, session)
            if step.live:
                await self._projection.apply(step.live, session)
            if step.dead:
                await bury(self._db, step.dead, to_micros(self._clock.now()), session)

        await self._in_transaction(work)
        if step.live and isinstance(self._projection, Remembering):
            self._projection.kept(step.live)

    async def _in_transaction(self, work: Callable[[Session], Awaitable[None]]) -> None:
        if self._sessions is None:
            await self._mongo.transaction(work)
            return
        async with self._sessions.lent() as session:
            await self._mongo.transaction(work, session)

    async def _move(self, moves: Mapping[int, tuple[Mark, Mark]], session: Session) -> None:
        done = await self._watermarks.bulk_write(
            [
                UpdateOne(
                    {"_id": f"{self._ledger.name}/{stream}", **_fields(start), "stopped": None},
                    {"$set": _fields(end)},
                )
                for stream, (start, end) in moves.items()
            ],
            session=session,
        )
        if done.matched_count != len(moves):
            raise Stale(f"watermarks of {self._ledger.name} are not where they were")

    async def halt(self, stream: int, standing: Standing, mark: Mark, found: str) -> None:
        """Stop the stream in every process, with an alarm row that says why."""
        key = f"{self._ledger.name}/{stream}"
        _log.error("账本流已停 / ledger stream stopped: %s: %s: %s", key, standing.value, found)
        alarm = {
            "ledger": self._ledger.name,
            "stream": stream,
            "standing": standing.value,
            "expected": _fields(mark),
            "found": found,
            "raised_at": to_micros(self._clock.now()),
        }

        async def work(session: Session) -> None:
            await self._watermarks.update_one({"_id": key}, {"$set": {"stopped": standing.value}}, session=session)
            await self._db[ALARMS].update_one({"_id": key}, {"$setOnInsert": alarm}, upsert=True, session=session)

        await self._mongo.transaction(work)

    async def resume(self, stream: int, mark: Mark) -> None:
        """Let a halted stream go on where it stood; its alarm is kept among the past ones."""
        key = f"{self._ledger.name}/{stream}"
        halted = {"_id": key, **_fields(mark), "stopped": {"$in": [one.value for one in Standing if one.broken]}}

        async def work(session: Session) -> bool:
            done = await self._watermarks.update_one(halted, {"$set": {"stopped": None}}, session=session)
            alarm = await self._db[ALARMS].find_one_and_delete({"_id": key}, session=session)
            if alarm is not None:
                await past_alarm(self._db, alarm, to_micros(self._clock.now()), session)
            return bool(done.matched_count)

        if await self._mongo.transaction(work):
            _log.warning("账本流恢复 / ledger stream goes on, the owner's ledger is the one followed again: %s", key)

    async def confirm(self, heads: Heads, asked_at: int) -> None:
        """Both instants rise, whichever process writes last; but what a clock put far into the future is taken back."""
        confirmed: Document = {
            "$cond": [
                {"$gt": ["$confirmed_at", asked_at + _WRONG_CLOCK_MICROS]},
                asked_at,
                {"$max": ["$confirmed_at", asked_at]},
            ]
        }
        told: Document = {
            "ledger_id": {"$literal": heads.ledger_id},
            "sealed_through": {"$max": ["$sealed_through", heads.sealed_through]},
            "confirmed_at": confirmed,
        }
        with mongo_errors():
            await self._db[REACHED].update_one({"_id": self._ledger.name}, [{"$set": told}], upsert=True)

    async def set_aside(self, entries: Sequence[Entry]) -> None:
        """Keep them for people to look at."""
        await keep_aside(self._db, [evidence_of_entry(entry) for entry in entries], self._clock)

    @property
    def _watermarks(self) -> Collection:
        return self._db[WATERMARKS]


async def past_alarm(db: Database, alarm: Document, cleared_at: int, session: Session | None = None) -> None:
    """Keep an alarm whose cause is gone; `cleared_at` in µs since 1970."""
    past = {**alarm, "_id": f"{alarm['_id']}/{cleared_at}", "cleared_at": cleared_at}
    await db[PAST_ALARMS].insert_one(past, session=session)


def _fields(mark: Mark) -> dict[str, Any]:
    return {"ledger_id": mark.ledger_id, "seq": mark.seq, "hash": mark.hash}


async def _make_collections(db: Database) -> None:
    # An index makes its collection too: a transaction that made one would collide with others.
    await db[WATERMARKS].create_index("ledger")
    await db[REACHED].create_index("ledger_id")
    await db[ALARMS].create_index("ledger")
    await db[PAST_ALARMS].create_index("ledger")
    await db[SESSIONS].create_index("seen_at")
    await prepare_aside(db)
    await prepare_dead_rows(db)
