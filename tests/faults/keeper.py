"""Keeps the services running as an orchestrator would: what ends is started again, unless it is held."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from dudao.embedded import Process

_LOOK_EVERY: Final = 0.05
_AGAIN_S: Final = 0.3


class Keeper:
    """Processes by name; each is started again a moment after its end while it is not held."""

    def __init__(self) -> None:
        self.processes: dict[str, Process] = {}
        self.ends: dict[str, int] = {}
        self._held: set[str] = set()
        self._seen_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)
        self._thread.start()

    def add(self, process: Process) -> None:
        """Start it and keep it; one of the same name before it must have been removed."""
        process.start()
        with self._lock:
            self.processes[process.name] = process

    def remove(self, name: str) -> None:
        """Stop it and keep it no longer."""
        with self._lock:
            process = self.processes.pop(name)
        process.stop(grace=20.0)

    def hold(self, name: str) -> None:
        """Do not start it again until it is let go."""
        with self._lock:
            self._held.add(name)

    def let_go(self, name: str) -> None:
        """Start it again if it has ended."""
        with self._lock:
            self._held.discard(name)

    def stop_all(self) -> None:
        """Stop every process side by side, the last started first; they are kept no longer."""
        with self._lock:
            processes = list(self.processes.values())
            self.processes.clear()
            self._held.clear()
        ending = [threading.Thread(target=process.stop, kwargs={"grace": 15.0}) for process in reversed(processes)]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()

    def close(self) -> None:
        """Stop everything for good."""
        self._stopping.set()
        self._thread.join()
        self.stop_all()

    def state(self) -> Mapping[str, bool]:
        """Which run."""
        return {name: process.running for name, process in self.processes.items()}

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            with self._lock:
                for name, process in self.processes.items():
                    if not process.running and name not in self._held:
                        self._again(name, process, time.monotonic())

    def _again(self, name: str, process: Process, now: float) -> None:
        since = self._seen_at.setdefault(name, now)
        if now - since < _AGAIN_S:
            return
        del self._seen_at[name]
        self.ends[name] = self.ends.get(name, 0) + 1
        with suppress(OSError):
            process.start()
