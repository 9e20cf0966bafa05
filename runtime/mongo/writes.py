"""The writes of a transaction that depend on no answer, in one go: one way to the driver's thread and back for all."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from pymongo import InsertOne, ReplaceOne, UpdateOne

from runtime.mongo.types import Database, Document, Session

# As many as the driver itself has on two processors: nobody else works in these threads.
_THREADS: Final = ThreadPoolExecutor(max_workers=10, thread_name_prefix="writes")

Operation = InsertOne[Document] | ReplaceOne[Document] | UpdateOne


@dataclass(frozen=True, slots=True)
class Writes:
    """Writes into one collection, in any order; each must insert or match one document, or `otherwise` is raised."""

    collection: str
    operations: Sequence[Operation]
    otherwise: Exception


async def write_all(session: Session, db: Database, writes: Sequence[Writes], *, commit: bool = False) -> None:
    """Do them one after the other inside the caller's transaction; raises the first `otherwise`, which must end it.

    With `commit` the transaction is committed after them: they are the last that its function does, and where the
    outcome is unknown `Mongo.transaction` commits again. The driver's errors pass. Each is still a round trip of its
    own, but the loop is not woken in between.
    """
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(_THREADS, _write_all, session.delegate, db.delegate, writes, commit)


def _write_all(session: Any, db: Any, writes: Sequence[Writes], commit: bool) -> None:
    for one in writes:
        done = db[one.collection].bulk_write(list(one.operations), ordered=False, session=session)
        if done.inserted_count + done.matched_count != len(one.operations):
            raise one.otherwise
    if commit:
        session.commit_transaction()
