"""Keeps a set of processes running and ends them in reverse order."""

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import Self

from dudao.embedded.errors import EmbeddedError
from dudao.embedded.processes import Process

_LOOK_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Restart:
    """When to start a process again: seconds of delay, doubled at each failure, forgotten after a healthy run."""

    first_delay: float = 0.5
    longest_delay: float = 30.0
    healthy_after: float = 30.0

    def delay(self, failures: int) -> float:
        """Return the seconds to wait before the start that follows this many failures in a row (1 or more)."""
        # Capped before the power: after a day of failures 2**n is no float any more.
        return min(self.longest_delay, self.first_delay * 2.0 ** min(failures - 1, 30))


@dataclass(frozen=True, slots=True)
class Status:
    """One supervised process as it is now; `returncode` is that of the last end seen."""

    name: str
    pid: int
    running: bool
    restarts: int
    returncode: int | None


class _Watched:
    def __init__(self, process: Process, restart: Restart | None) -> None:
        self.process = process
        self.restart = restart
        self.restarts = 0
        self.last_end: int | None = None
        self._failures = 0
        self._started = time.monotonic()
        self._due: float | None = None

    def look(self, now: float) -> None:
        if self.process.running:
            return
        self.last_end = self.process.returncode
        if self.restart is None:
            return
        if self._due is None:
            healthy = now - self._started >= self.restart.healthy_after
            self._failures = 1 if healthy else self._failures + 1
            self._due = now + self.restart.delay(self._failures)
        elif now >= self._due:
            self._again(now)

    def _again(self, now: float) -> None:
        self._due = None
        self._started = now
        self.restarts += 1
        # A folder or a program that is gone may come back: the next look counts it as one more failure.
        with contextlib.suppress(OSError):
            self.process.start()

    def status(self) -> Status:
        running = self.process.running
        return Status(self.process.name, self.process.pid, running, self.restarts, self.last_end)


class Supervisor:
    """Starts processes, restarts those with a policy, and stops them all, the last started first."""

    def __init__(self) -> None:
        self._watched: list[_Watched] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, process: Process, restart: Restart | None = None) -> None:
        """Take charge of a process, starting it unless it runs; with no policy it is only stopped, never restarted.

        Raises `EmbeddedError` after `stop()`.
        """
        with self._lock:
            if self._stopping.is_set():
                raise EmbeddedError("this supervisor was stopped")
            if not process.running:
                process.start()
            self._watched.append(_Watched(process, restart))
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
                self._thread.start()

    def statuses(self) -> list[Status]:
        """Return every process in the order of its start."""
        with self._lock:
            return [watched.status() for watched in self._watched]

    def stop(self, *, grace: float = 15.0) -> None:
        """Stop all in reverse order, each within `grace` seconds before it is killed. Safe to call twice."""
        self._stopping.set()
        with self._lock:
            for watched in reversed(self._watched):
                watched.process.stop(grace=grace)
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            with self._lock:
                if self._stopping.is_set():
                    return
                for watched in self._watched:
                    watched.look(time.monotonic())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
