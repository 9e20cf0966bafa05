"""Moves one ledger's watermarks and effects on together; a poison event is found, buried, and stops nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from runtime.consumer.core import Mark, Standing, chunks, lanes, moves_of, row_id, split
from runtime.consumer.metrics import Meters
from runtime.consumer.ports import Dead, Position, Stale, Step, Store
from runtime.errors import Retryable
from runtime.ledger.model import Entry

T = TypeVar("T")

TRIES: Final = 3
_RACES: Final = 50
_STEP_ASIDE_S: Final = 0.002
_REASON: Final = 2000

Gate = Callable[[Sequence[Entry]], Awaitable[None]]


def reason_of(error: Exception) -> str:
    """The kind and text of an error, bounded."""
    return f"{type(error).__name__}: {error}"[:_REASON]


class Applier:
    """Applies verified, contiguous entries; whoever moves it does so within `exclusively`.

    `gate` waits until the registry has reached the seq that the entries need.
    """

    def __init__(self, name: str, store: Store, gate: Gate, meters: Meters) -> None:
        self._name = name
        self._store = store
        self._gate = gate
        self._meters = meters
        self._position: Position | None = None
        self._lock = asyncio.Lock()
        self.moved = asyncio.Event()
        self.stopped: frozenset[int] = frozenset()

    @property
    def known(self) -> Position | None:
        """Where it stood when last asked; None when that is not certain."""
        return self._position

    async def exclusively(self, action: Callable[[], Awaitable[T]]) -> T:
        """Do it while nobody else in this process does; again where another process was first."""
        async with self._lock:
            try:
                for race in range(_RACES):
                    try:
                        return await action()
                    except Stale:
                        self.forget()
                        await asyncio.sleep(race * _STEP_ASIDE_S)
            except BaseException:
                # Whether the transaction was committed is not known now.
                self.forget()
                raise
        raise Retryable(f"{self._name}: another process keeps moving the same watermarks")

    def forget(self) -> None:
        """Ask the database before going on."""
        self._position = None

    async def position(self) -> Position:
        """Where it stands; raises `Retryable` before the watermarks were made."""
        if self._position is None:
            self._position = await self._store.load()
            if self._position is None:
                raise Retryable(f"{self._name} has no watermarks yet")
            self._note(self._position)
        return self._position

    async def halt(self, stream: int, standing: Standing, mark: Mark, found: str) -> None:
        """Stop a stream with an alarm, once; `found` says what the owner has instead."""
        position = await self.position()
        if stream not in position.stopped:
            await self._store.halt(stream, standing, mark, found)
            position.stopped.add(stream)
            self._note(position)

    async def resume(self, stream: int, mark: Mark) -> None:
        """Let a halted stream go on at `mark`."""
        await self._store.resume(stream, mark)
        self.forget()
        await self.position()

    def _note(self, position: Position) -> None:
        self.stopped = frozenset(position.stopped)
        self._meters.position(position)

    async def advance(self, run: Sequence[Entry]) -> None:
        """Apply entries that follow on the watermarks. Raises `Retryable` and `Stale`; then some may be applied."""
        # All lanes come to their end, also when one fails: nothing may go on once the lock is given back.
        ends = await asyncio.gather(*(self._advance(lane) for lane in lanes(run)), return_exceptions=True)
        for error in ends:
            if error is not None:
                raise error

    async def _advance(self, lane: Sequence[Entry]) -> None:
        for chunk in chunks(lane):
            await self._gate(chunk)
            await self._apply(chunk)

    async def _apply(self, chunk: Sequence[Entry]) -> None:
        try:
            await self._commit(chunk)
        except (Stale, Retryable):
            raise
        except Exception as error:  # noqa: BLE001 -- whatever a projection raises makes a poison event
            await self._isolate(chunk, error)

    async def _isolate(self, chunk: Sequence[Entry], error: Exception) -> None:
        if len(chunk) == 1:
            await self._last_tries(chunk[0], error)
            return
        middle = len(chunk) // 2
        await self._apply(chunk[:middle])
        await self._apply(chunk[middle:])

    async def _last_tries(self, entry: Entry, error: Exception) -> None:
        for _ in range(TRIES - 1):
            try:
                return await self._commit([entry])
            except (Stale, Retryable):
                raise
            except Exception as again:  # noqa: BLE001 -- as above
                error = again
        return await self._bury(Dead(entry, reason_of(error), TRIES))

    async def _bury(self, dead: Dead) -> None:
        position = await self.position()
        moves = moves_of(position.marks, [dead.entry])
        await self._store.commit(Step(moves, dead=dead))
        position.parked[dead.entry.stream, dead.entry.aggregate] = row_id(dead.entry)
        position.marks.update({stream: after for stream, (_, after) in moves.items()})
        self._meters.buried(position)
        self.moved.set()

    async def _commit(self, chunk: Sequence[Entry]) -> None:
        position = await self.position()
        live, parked = split(chunk, position.parked)
        moves = moves_of(position.marks, chunk)
        await self._store.commit(Step(moves, live, parked))
        position.marks.update({stream: after for stream, (_, after) in moves.items()})
        self._meters.applied(len(live))
        self.moved.set()
