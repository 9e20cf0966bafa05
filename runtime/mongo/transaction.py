"""Transactions by the drivers' common specification (MongoDB "Transactions Convenient API").

Motor 3.7's own `with_transaction` commits outside of its retries: a transient error of the commit escapes from it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, cast

from pymongo import ReadPreference, WriteConcern
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from runtime.mongo.errors import timed_out
from runtime.mongo.types import Session

T = TypeVar("T")

_MAX_COMMIT_MS: Final = 10_000
_RETRY_FOR_S: Final = 20.0
_FINISH_WITHIN_S: Final = 10.0
_BACK_OFF_S: Final = 0.002
_BACK_OFF_MOST_S: Final = 0.2
_TRANSIENT: Final = "TransientTransactionError"
_UNKNOWN: Final = "UnknownTransactionCommitResult"


class _Patience:
    """How long to go on, and the jittered pauses in between."""

    def __init__(self) -> None:
        self._deadline = asyncio.get_running_loop().time() + _RETRY_FOR_S
        self._most = _BACK_OFF_S

    async def again(self, error: BaseException, label: str) -> bool:
        """Whether the error has the label and there is time; then after a pause."""
        if not isinstance(error, PyMongoError) or not error.has_error_label(label):
            return False
        if asyncio.get_running_loop().time() > self._deadline:
            return False
        await asyncio.sleep(self._most * random.random())  # noqa: S311 -- spreads retries, guards nothing
        self._most = min(2 * self._most, _BACK_OFF_MOST_S)
        return True


async def in_transaction(session: Session, fn: Callable[[Session], Awaitable[T]]) -> T:
    """Run `fn` in one majority/snapshot transaction of this session, again after a transient error, for 20 s at most.

    Raises what `fn` raises, and the driver's errors. A caller that is cancelled waits for the end of the transaction,
    which may then be written: the driver's thread would go on with a command that was cancelled, and open the
    transaction after it was given up; what it locked would stay locked for a minute and more.
    """
    work = asyncio.ensure_future(_run(session, fn))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work], timeout=_FINISH_WITHIN_S)
        work.cancel()
        await asyncio.wait([work])
        if not work.cancelled():
            # Looked at, so that nobody complains of an error that nobody saw.
            work.exception()
        raise


async def _run(session: Session, fn: Callable[[Session], Awaitable[T]]) -> T:
    patience = _Patience()
    while True:
        session.start_transaction(
            read_concern=ReadConcern("snapshot"),
            write_concern=WriteConcern("majority", j=True),
            read_preference=ReadPreference.PRIMARY,
            max_commit_time_ms=_MAX_COMMIT_MS,
        )
        failed: BaseException | None = None
        try:
            result = await fn(session)
        except BaseException as error:
            if _open(session):
                await session.abort_transaction()
                if await patience.again(error, _TRANSIENT):
                    continue
                raise
            # Its last writes were to be committed with them (`write_all`): only that went wrong.
            result, failed = cast(T, None), error
        if failed is None and not _open(session):
            return result
        if await _committed(session, patience, failed):
            return result


def _open(session: Session) -> bool:
    # The driver's stub calls this property a method.
    inside: Any = session.in_transaction
    return bool(inside)


async def _committed(session: Session, patience: _Patience, error: BaseException | None) -> bool:
    """Commit, after an `error` of the first attempt again; False when the whole transaction must be run again."""
    while True:
        if error is None:
            try:
                await session.commit_transaction()
            except PyMongoError as raised:
                error = raised
            else:
                return True
        if not timed_out(error) and await patience.again(error, _UNKNOWN):
            error = None
        elif await patience.again(error, _TRANSIENT):
            return False
        else:
            raise error
