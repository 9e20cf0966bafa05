"""New alerts as they are committed: one change feed a process, handed to the people who listen."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from runtime.errors import Rejected, Retryable
from runtime.mongo import ChangeFeed, Database, FeedLostError, Mongo, open_feed
from services.notification.adapters.mongo_alerts import loaded
from services.notification.application.alert_changes import COLLECTION
from services.notification.application.ports import LoadedAlert

_log: Final = logging.getLogger(__name__)
_BATCH: Final = 1000
_WAIT_MS: Final = 1000
_PAUSE_S: Final = 1.0
WAITING_AT_MOST: Final = 100
STREAMS_AT_MOST: Final = 8


class Listener:
    """What one stream has to tell; `missed` says that something was lost on the way and the inbox must be read anew."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[LoadedAlert | None] = asyncio.Queue(WAITING_AT_MOST)
        self.missed = False

    def tell(self, alert: LoadedAlert) -> None:
        """Hand over an alert; one that finds no room is missed, so that a slow reader holds nobody up."""
        if self._waiting.full():
            self.missed = True
        else:
            self._waiting.put_nowait(alert)

    def interrupt(self) -> None:
        """Something may have been lost before this point."""
        self.missed = True
        if not self._waiting.full():
            self._waiting.put_nowait(None)

    async def next(self, seconds: float) -> LoadedAlert | None:
        """The next alert; None after so many seconds without one, or when something was missed."""
        try:
            async with asyncio.timeout(seconds):
                return await self._waiting.get()
        except TimeoutError:
            return None


class AlertFeed:
    """Follows the alerts that are inserted, and tells those who listen for their person."""

    def __init__(self, mongo: Mongo, db: Database) -> None:
        self._mongo = mongo
        self._db = db
        self._listeners: dict[str, list[Listener]] = defaultdict(list)
        self.following = asyncio.Event()

    def require_room(self, person: str) -> None:
        """Raises `Rejected` (429) when `STREAMS_AT_MOST` listen for the person already."""
        if len(self._listeners.get(person, ())) >= STREAMS_AT_MOST:
            raise Rejected("too-many-streams", "打开的页面过多", "Too many streams are open", status=429)

    @contextmanager
    def listen(self, person: str) -> Iterator[Listener]:
        """A listener for the person's alerts from now on."""
        own = self._listeners[person]
        listener = Listener()
        own.append(listener)
        try:
            yield listener
        finally:
            own.remove(listener)
            if not own:
                self._listeners.pop(person, None)

    async def require(self) -> None:
        """Raises `Retryable` while new alerts are not followed."""
        if not self.following.is_set():
            raise Retryable("新提醒尚未接通 / new alerts are not followed yet")

    async def run(self) -> None:
        """Follow until cancelled; after a break it begins anew, and everybody is told that something may be missing."""
        while True:
            try:
                await self._follow()
            except (FeedLostError, Retryable) as error:
                _log.warning("the feed of alerts broke off: %s", type(error).__name__)
            self.following.clear()
            await asyncio.sleep(_PAUSE_S)

    async def _follow(self) -> None:
        feed = await open_feed(self._mongo, self._db, COLLECTION)
        try:
            for listener in self._everybody():
                listener.interrupt()
            self.following.set()
            await self._hand_on(feed)
        finally:
            await feed.close()

    async def _hand_on(self, feed: ChangeFeed) -> None:
        while True:
            self._tell(await feed.batch(_BATCH, _WAIT_MS))

    def _tell(self, rows: Sequence[dict[str, Any]]) -> None:
        for row in rows:
            for listener in self._listeners.get(row["entry"]["person"], ()):
                listener.tell(loaded(row))

    def _everybody(self) -> list[Listener]:
        return [listener for own in self._listeners.values() for listener in own]
