"""Mistakes in the relay: what it misses, what it does twice or out of order, what it believes to be published."""

import asyncio
from collections.abc import Generator, Mapping
from typing import Any

from runtime.ledger import follow as follows
from runtime.ledger import lease as leases
from runtime.ledger import publish as publishers
from runtime.ledger import sealer as sealers
from runtime.ledger import steps
from runtime.ledger.follow import Follow
from runtime.ledger.hand_over import HandOver
from runtime.ledger.initialise import HEADS, LEASE, RELAY, SEALS
from runtime.ledger.lease import Lease
from runtime.ledger.seal import Head, Stream
from runtime.ledger.sealer import Sealer
from runtime.ledger.steps import Chain, Open, Progress, Settle, TakeToken, Write
from runtime.ledger.writer import COMMITS
from runtime.mongo import Database, Document, Mongo, Session, UpdateOne, Writes, write_all
from tests.faults.defects.defect import Defect, swap

_BETWEEN_S = 0.1


def paging_by_id() -> None:
    """What was left is what has a larger `_id` than the last that was sealed."""

    async def unsealed(_mongo: Mongo, db: Database) -> list[Document]:
        last = await db[SEALS].find({}, {"entries": 1}).sort([("sealed_at", -1), ("_id", -1)]).limit(1).to_list(None)
        beyond = {"_id": {"$gt": last[0]["entries"][-1]["commit"]}} if last else {}
        wanted = {"ledger": 1, "version": 1, "at": 1}
        found: list[Document] = await db[COMMITS].find({**beyond, "n": {"$gt": 0}}, wanted).to_list(None)
        sealed = {line["commit"] async for row in db[SEALS].find({}, {"entries": 1}) for line in row["entries"]}
        return [row for row in found if row["_id"] not in sealed]

    swap(follows, "unsealed", unsealed)


def feed_opened_late() -> None:
    """First what was left, and only then a place in the feed."""
    right = steps.following

    def following(chain: Chain, ranks: Mapping[str, int], most: int) -> Generator[Any, Any, None]:
        course = right(chain, ranks, most)
        next(course)
        step = course.send(None)
        while True:
            if isinstance(step, Open):
                step = Open((yield TakeToken()))
            step = course.send((yield step))

    swap(follows, "following", following)


def token_before_seal() -> None:
    """The feed's place is saved before what it brought is sealed, and a new relay begins there."""
    token, scan, read = Follow._token, Follow._scan, Follow._read

    async def saved_or_now(self: Any) -> Any:
        self.saved = (await self._db[LEASE].find_one({"_id": RELAY}))["token"]
        return self.saved or await token(self)

    async def scan_at_first(self: Any) -> list[Document]:
        return [] if self.saved else await scan(self)

    async def read_and_save(self: Any) -> Any:
        commits, reached = await read(self)
        if commits:
            await self._db[LEASE].update_one({"_id": RELAY}, {"$set": {"token": dict(reached)}})
            await asyncio.sleep(_BETWEEN_S)
        return commits, reached

    swap(Follow, "_token", saved_or_now)
    swap(Follow, "_scan", scan_at_first)
    swap(Follow, "_read", read_and_save)


def no_fence() -> None:
    """Whoever asks leads; an epoch protects nothing, and heads are moved wherever they stand."""

    async def acquire(_mongo: Mongo, db: Database, session: Session, holder: str, ttl_ms: int) -> Lease:
        row = await db[LEASE].find_one_and_update(
            {"_id": RELAY}, {"$inc": {"epoch": 1}, "$set": {"holder": holder}}, return_document=True
        )
        return Lease(row["epoch"], row["ledger_id"], row["sealed_through"], ttl_ms, session)

    def prolonged(_lease: Lease, sealed_through: int, _token: object = None) -> Writes:
        write = UpdateOne({"_id": RELAY}, {"$set": {"sealed_through": sealed_through}})
        return Writes(LEASE, [write], leases.FencedError("lost"))

    def move(stream: Stream, _before: Head, head: Head) -> UpdateOne:
        return UpdateOne({"_id": f"{stream[0]}/{stream[1]}"}, {"$set": _head(head)})

    swap(leases, "acquire", acquire)
    swap(leases, "prolonged", prolonged)
    swap(sealers, "_move", move)


def _head(head: Head) -> Document:
    return {"last": head.last, "hash": head.hash, "commits": head.commits}


def heads_apart() -> None:
    """Seals in one transaction, heads in a later one."""

    async def write(self: Any, session: Session, write: Write) -> None:
        await write_all(session, self._db, [leases.prolonged(self._lease, write.instant, write.token)])
        await self._db[SEALS].insert_many(write.sealed.documents, ordered=False, session=session)

    right = Sealer._written

    async def written(self: Any, write: Write) -> bool:
        done = await right(self, write)
        if done:
            await asyncio.sleep(_BETWEEN_S)
            for (ledger, stream), head in write.sealed.heads.items():
                await self._db[HEADS].update_one({"_id": f"{ledger}/{stream}"}, {"$set": _head(head)})
        return done

    swap(Sealer, "_write", write)
    swap(Sealer, "_written", written)


def time_runs_back() -> None:
    """Sealed when the clock says, even if it went back."""
    swap(steps, "next_instant", lambda now, _through: now)

    def prolonged(lease: Lease, sealed_through: int, _token: Any = None) -> Writes:
        set_to: Document = {"until": leases._until(lease.ttl_ms), "sealed_through": {"$literal": sealed_through}}
        ours = {"_id": RELAY, "epoch": lease.epoch}
        return Writes(LEASE, [UpdateOne(ours, [{"$set": set_to}])], leases.FencedError("lost"))

    swap(leases, "prolonged", prolonged)


def by_id_not_version() -> None:
    """What was left is sealed in the order of its ids."""
    swap(steps, "by_version", lambda commits, ranks: sorted(commits, key=lambda c: (ranks[c["ledger"]], c["_id"])))


def cursor_before_acks() -> None:
    """The publish cursor is moved when records are on their way."""
    right = steps.publishing

    def publishing(hand_over: HandOver, progress: Progress) -> Generator[Any, Any, None]:
        course = right(hand_over, progress)
        step = next(course)
        while True:
            if isinstance(step, Settle):
                yield course.send(None)
            step = course.send((yield step))

    swap(publishers, "publishing", publishing)


def hand_over_forgets() -> None:
    """What does not fit is dropped, and nobody is told."""

    def fall_behind(self: Any) -> None:
        self._batches.clear()
        self._entries = self._bytes = 0
        self.behind = False

    swap(HandOver, "fall_behind", fall_behind)


DEFECTS = (
    Defect("paging-by-id", "what was left is looked for by `_id` above the last", paging_by_id, ("kill-relay",), 3),
    Defect("feed-opened-late", "the change feed is opened after the search for what was left",
           feed_opened_late, ("woken-relay", "kill-relay"), 3),
    Defect("token-before-seal", "the resume token is saved before what it stands for is sealed",
           token_before_seal, ("woken-relay", "kill-relay"), 3),
    Defect("no-fence", "two relays without a fence: no epoch, no compare-and-set of heads",
           no_fence, ("kill-relay", "woken-relay"), 2),
    Defect("heads-apart", "seals and heads in two transactions", heads_apart, ("kill-relay",), 4),
    Defect("time-runs-back", "sealing time follows a clock that went back", time_runs_back, ("clock",), 9),
    Defect("by-id-not-version", "what was left is sealed by id, not by version",
           by_id_not_version, ("pause-relay", "kill-relay"), 4),
    Defect("cursor-before-acks", "the publish cursor is moved before the broker has answered",
           cursor_before_acks, ("broker-relay-kill",), 4),
    Defect("hand-over-forgets", "what the publisher could not take is never read from the database",
           hand_over_forgets, ("broker-relay-kill", "broker-kill"), 3),
)  # fmt: skip
