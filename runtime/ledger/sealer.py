"""Writes seals: one transaction per batch, fenced by the lease's epoch, the chain's end kept in memory."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from runtime.clock import Clock, to_micros
from runtime.errors import Conflict
from runtime.ledger import lease as leases
from runtime.ledger.initialise import HEADS, SEALS
from runtime.ledger.lease import FencedError, Lease
from runtime.ledger.metrics import ENTRIES, SEAL_DOCUMENTS, SEALED, SEALED_THROUGH
from runtime.ledger.model import Entry
from runtime.ledger.seal import Commit, Head, Stream
from runtime.ledger.steps import Chain, WhichSealed, Write, drive, sealing
from runtime.mongo import Database, Document, InsertOne, Mongo, Session, UpdateOne, Writes, mongo_errors, write_all

_NOT_ENTRIES: Final = {"entries.hash": 0}


class Sealer:
    """The one writer of seals under one lease. Any error but a duplicate ends its use: make a new one.

    Seals and renewals are written in the order of their instants, so that no seal lies at or below a `sealed_through`
    already promised.
    """

    def __init__(
        self,
        mongo: Mongo,
        db: Database,
        clock: Clock,
        lease: Lease,
        *,
        heads: Mapping[Stream, Head],
        registry: str | None,
        hand_over: Callable[[Sequence[Entry]], None],
    ) -> None:
        self._mongo = mongo
        self._db = db
        self._lease = lease
        self.chain = Chain(heads, registry, lease.sealed_through, lambda: to_micros(clock.now()), hand_over)
        # Fair: whoever was promised an instant first, and asks at once, is first.
        self._turn = asyncio.Lock()
        for ledger in {ledger for ledger, _ in heads}:
            ENTRIES.labels(ledger).set(sum(head.last for (name, _), head in heads.items() if name == ledger))

    async def renew(self) -> None:
        """Prolong the lease and raise `sealed_through`; raises `FencedError`, `Retryable`."""
        instant = self.chain.promise()
        async with self._turn:
            with mongo_errors():
                await leases.prolong(self._db, self._lease, instant)
        SEALED_THROUGH.set(instant / 1_000_000)

    async def seal(self, commits: Sequence[Commit], token: Mapping[str, Any] | None) -> None:
        """Seal commits in this order, passing over those sealed before. Raises `FencedError`, `Retryable`."""
        await drive(sealing(self.chain, commits, token), self.do)

    async def do(self, step: object) -> Any:
        """One step of sealing."""
        match step:
            case Write():
                return await self._written(step)
            case WhichSealed(ids):
                return await self._sealed(ids)
        raise TypeError(f"not a step of sealing: {step!r}")

    async def _written(self, write: Write) -> bool:
        async with self._turn:
            try:
                await self._mongo.transaction(lambda session: self._write(session, write), self._lease.session)
            except Conflict:
                return False
        SEALED_THROUGH.set(write.instant / 1_000_000)
        for document in write.sealed.documents:
            SEALED.labels(document["ledger"]).inc(len(document["entries"]))
            SEAL_DOCUMENTS.labels(document["ledger"]).inc()
            ENTRIES.labels(document["ledger"]).inc(len(document["entries"]))
        return True

    async def _write(self, session: Session, write: Write) -> None:
        moves = [_move(stream, write.before[stream], head) for stream, head in write.sealed.heads.items()]
        seals = [InsertOne(document) for document in write.sealed.documents]
        lease = leases.prolonged(self._lease, write.instant, write.token)
        moved_by_another = FencedError("a head was moved by another relay")
        writes = [lease, Writes(SEALS, seals, moved_by_another), Writes(HEADS, moves, moved_by_another)]
        await write_all(session, self._db, writes, commit=True)

    async def _sealed(self, ids: list[str]) -> set[str]:
        with mongo_errors():
            seals: list[Document] = (
                await self._db[SEALS].find({"entries.commit": {"$in": ids}}, _NOT_ENTRIES).to_list(None)
            )
        return {line["commit"] for document in seals for line in document["entries"]}


def _move(stream: Stream, before: Head, head: Head) -> UpdateOne:
    return UpdateOne(
        {"_id": f"{stream[0]}/{stream[1]}", "last": before.last, "hash": before.hash},
        {"$set": {"last": head.last, "hash": head.hash, "commits": head.commits}},
    )
