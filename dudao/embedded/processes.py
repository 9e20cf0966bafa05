"""A child process with its own log file that cannot outlive us."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Self

from dudao.embedded.errors import EmbeddedError

_CHILD = Path(__file__).with_name("_child.py")


class _Spawner:
    """Starts every child from one thread that lives as long as this process.

    The kernel sends the parent-death signal when the *thread* that forked ends, not the process: a child started from
    a short-lived worker thread would be killed with it.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]]
        self._jobs = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def spawn(self, job: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spawner", daemon=True)
                self._thread.start()
        done: Future[subprocess.Popen[bytes]] = Future()
        self._jobs.put((job, done))
        return done.result()

    def _run(self) -> None:
        while True:
            job, done = self._jobs.get()
            try:
                done.set_result(job())
            except OSError as error:
                done.set_exception(error)


_spawner = _Spawner()


class Process:
    """One program, started with its own session and log; the same object can be started again after it ended.

    `env` is added to our own environment. The child is killed by the kernel when this process dies, however it dies.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.argv = tuple(argv)
        self.log = log
        self._env = dict(env or {})
        self._cwd = cwd
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program and return at once; its output is appended to `log`.

        Raises `EmbeddedError` if it runs already. A program that cannot be executed ends with code 1 and says so in
        the log.
        """
        if self.running:
            raise EmbeddedError(f"{self.name} runs already, pid {self.pid}")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._popen = _spawner.spawn(self._open)

    def _open(self) -> subprocess.Popen[bytes]:
        wrapped = [sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), *self.argv]
        with self.log.open("ab") as out:
            return subprocess.Popen(
                wrapped,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self._cwd,
                env={**os.environ, **self._env},
                # Ctrl-C in the terminal reaches us alone: we stop the children in order.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id of the last start. Raises `EmbeddedError` if it was never started."""
        if self._popen is None:
            raise EmbeddedError(f"{self.name} was never started")
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs or before it was started."""
        return None if self._popen is None else self._popen.poll()

    @property
    def running(self) -> bool:
        """Whether the program was started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the end; return whether it ended."""
        if self._popen is None:
            return True
        try:
            self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program itself, for example SIGSTOP; a program that has ended is left alone."""
        if self._popen is not None:
            self._popen.send_signal(number)

    def stop(self, *, grace: float = 15.0) -> None:
        """End it: SIGTERM, then after `grace` seconds `kill()`. Safe to call at any time."""
        if self.running:
            self.signal(signal.SIGTERM)
            # A stopped process would keep the SIGTERM pending for ever.
            self.signal(signal.SIGCONT)
            self.wait(grace)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the program and what it has running in its group, and wait for the end.

        A program that has ended is left alone: its number may be somebody else's by now.
        """
        if self._popen is None or not self.running:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of the log, for an error message."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
