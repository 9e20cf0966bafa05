"""Processes that are forked in a nursery instead of being executed: there in a moment, otherwise the same."""

import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from dudao.embedded import EmbeddedError, Process
from tests.faults.disks import Disks

_READY_S: Final = 90.0
_LOOK_EVERY: Final = 0.05
_ANSWER: Final = 32


class Nursery:
    """The process that forks; `env` is what all that is forked in it have in common."""

    def __init__(self, folder: Path, cwd: Path, env: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "socket"
        self.cwd = cwd
        argv = [sys.executable, "-m", "tests.faults.nursery", str(self.path)]
        self._process = Process("nursery", argv, log=folder / "nursery.log", env=env, cwd=cwd)

    def start(self) -> None:
        """Returns when it forks. Raises `EmbeddedError`."""
        self.path.unlink(missing_ok=True)
        self._process.start()
        deadline = time.monotonic() + _READY_S
        while self._process.running and time.monotonic() < deadline:
            with suppress(OSError), socket.socket(socket.AF_UNIX) as asking:
                asking.connect(str(self.path))
                return
            time.sleep(_LOOK_EVERY)
        raise EmbeddedError(f"the nursery does not fork\n{self._process.tail()}")

    def stop(self) -> None:
        """End it, and with it what it has forked."""
        self._process.kill()

    def fork(self, argv: Sequence[str], log: Path, env: Mapping[str, str], mounts: Path | None) -> tuple[int, int]:
        """Fork a process that runs the module `argv[0]`; its pid and a descriptor of it. Raises `OSError`."""
        wanted = {"argv": list(argv), "log": str(log), "env": dict(env), "cwd": str(self.cwd)}
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(self.path))
            asking.sendall(json.dumps({**wanted, "mounts": str(mounts) if mounts else None}).encode() + b"\n")
            answer, descriptors, *_ = socket.recv_fds(asking, _ANSWER, 1)
        if not descriptors:
            raise OSError("the nursery did not answer")
        return int(answer), descriptors[0]


class Forked(Process):
    """A service's process out of a nursery. Its exit code is not known, only that it ended."""

    def __init__(
        self,
        name: str,
        nursery: Nursery,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        disks: Disks | None,
    ) -> None:
        super().__init__(name, argv, log=log, env=env, cwd=nursery.cwd)
        self._nursery = nursery
        self._disks = disks
        self._pid: int | None = None
        self._descriptor: int | None = None

    def start(self) -> None:
        """Fork it. Raises `EmbeddedError` if it runs already."""
        if self.running:
            raise EmbeddedError(f"{self.name} runs already, pid {self._pid}")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._forget()
        mounts = self._disks.namespace if self._disks is not None else None
        self._pid, self._descriptor = self._nursery.fork(self.argv, self.log, self._env, mounts)

    @property
    def pid(self) -> int:
        """The process id of the last start. Raises `EmbeddedError` if it was never started."""
        if self._pid is None:
            raise EmbeddedError(f"{self.name} was never started")
        return self._pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; how it ended is not known."""
        return None if self.running or self._pid is None else 0

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._descriptor is not None and not self.wait(0)

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the end; whether it ended."""
        if self._descriptor is None:
            return True
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(timeout * 1000))

    def signal(self, number: signal.Signals) -> None:
        """To the process itself; one that has ended is left alone."""
        if self._descriptor is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        self.signal(signal.SIGKILL)
        self.wait(10.0)

    def _forget(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
