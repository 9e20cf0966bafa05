"""Writes seals: one transaction per batch, fenced by the lease's epoch, the chain's end kept in memory."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from runtime.clock import Clock, to_micros
from runtime.errors import Conflict
from runtime.ledger import lease as leases
from runtime.ledger.backlog import DamagedError
from runtime.ledger.initialise import HEADS, SEALS
from runtime.ledger.lease import FencedError, Lease
from runtime.ledger.metrics import ENTRIES, SEAL_DOCUMENTS, SEALED, SEALED_THROUGH
from runtime.ledger.model import Entry
from runtime.ledger.seal import Commit, Head, Sealed, Stream, next_instant, seal
from runtime.mongo import Database, Document, Mongo, Session, UpdateOne, mongo_errors

_NOT_ENTRIES: Final = {"entries.hash": 0}


class Sealer:
    """The one writer of seals under one lease. Any error but a duplicate ends its use: make a new one.

    Seals and renewals take turns, so that no seal lies at or below a `sealed_through` already promised.
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
        self._clock = clock
        self._lease = lease
        self._heads = dict(heads)
        self._registry = registry
        self._hand_over = hand_over
        self._sealed_through = lease.sealed_through
        self._turn = asyncio.Lock()
        for ledger in {ledger for ledger, _ in heads}:
            ENTRIES.labels(ledger).set(sum(head.last for (name, _), head in heads.items() if name == ledger))

    async def renew(self) -> None:
        """Prolong the lease and raise `sealed_through`; raises `FencedError`, `Retryable`."""
        async with self._turn:
            instant = next_instant(to_micros(self._clock.now()), self._sealed_through)
            with mongo_errors():
                await leases.prolong(self._db, self._lease, instant)
            self._promised(instant)

    async def seal(self, commits: Sequence[Commit], token: Mapping[str, Any] | None) -> None:
        """Seal commits in this order, passing over those sealed before. Raises `FencedError`, `Retryable`."""
        async with self._turn:
            try:
                await self._seal(commits, token)
            except Conflict:
                rest = await self._not_sealed(commits)
                if len(rest) == len(commits):
                    raise DamagedError("a seal exists already for a head that does not know of it") from None
                await self._seal(rest, token)

    async def _seal(self, commits: Sequence[Commit], token: Mapping[str, Any] | None) -> None:
        instant = next_instant(to_micros(self._clock.now()), self._sealed_through)
        sealed = seal(commits, self._heads, self._registry, instant)
        if not sealed.documents:
            return
        await self._mongo.transaction(lambda session: self._write(session, sealed, instant, token), self._lease.session)
        self._heads.update(sealed.heads)
        self._promised(instant)
        for document in sealed.documents:
            SEALED.labels(document["ledger"]).inc(len(document["entries"]))
            SEAL_DOCUMENTS.labels(document["ledger"]).inc()
            ENTRIES.labels(document["ledger"]).inc(len(document["entries"]))
        self._hand_over(sealed.entries)

    def _promised(self, instant: int) -> None:
        self._sealed_through = instant
        SEALED_THROUGH.set(instant / 1_000_000)

    async def _write(self, session: Session, sealed: Sealed, instant: int, token: Mapping[str, Any] | None) -> None:
        await leases.prolong(self._db, self._lease, instant, token)
        await self._db[SEALS].insert_many(sealed.documents, ordered=False, session=session)
        moves = [self._move(stream, head) for stream, head in sealed.heads.items()]
        moved = await self._db[HEADS].bulk_write(moves, ordered=False, session=session)
        if moved.matched_count != len(moves):
            raise FencedError("a head was moved by another relay")

    def _move(self, stream: Stream, head: Head) -> UpdateOne:
        before = self._heads[stream]
        return UpdateOne(
            {"_id": f"{stream[0]}/{stream[1]}", "last": before.last, "hash": before.hash},
            {"$set": {"last": head.last, "hash": head.hash, "commits": head.commits}},
        )

    async def _not_sealed(self, commits: Sequence[Commit]) -> list[Commit]:
        wanted = [commit["_id"] for commit in commits]
        with mongo_errors():
            seals: list[Document] = (
                await self._db[SEALS].find({"entries.commit": {"$in": wanted}}, _NOT_ENTRIES).to_list(None)
            )
        known = {line["commit"] for document in seals for line in document["entries"]}
        return [commit for commit in commits if commit["_id"] not in known]
