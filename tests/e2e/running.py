"""Running the command line as a person does, and looking at what it leaves behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DUDAO = (sys.executable, "-c", "from dudao.cli import main; main()")
_LOOK_EVERY = 0.1


class Running:
    """A `dudao` command under way; what it shows (standard error) goes to a file, what it answers to another."""

    def __init__(self, output: Path, *arguments: str) -> None:
        self._shown = output
        self._answered = output.with_suffix(".out")
        with self._shown.open("wb") as shown, self._answered.open("wb") as answered:
            self._popen = subprocess.Popen(
                [*DUDAO, *arguments], stdin=subprocess.DEVNULL, stdout=answered, stderr=shown
            )

    @property
    def text(self) -> str:
        """What it showed so far."""
        return self._shown.read_text(encoding="utf-8", errors="replace")

    @property
    def answer(self) -> str:
        """What it printed on standard output so far."""
        return self._answered.read_text(encoding="utf-8")

    def wait_for(self, text: str, *, timeout: float) -> None:
        """Poll until it has printed this; fails when it ends first."""
        deadline = time.monotonic() + timeout
        while text not in self.text:
            assert self._popen.poll() is None, f"it ended with {self._popen.returncode}:\n{self.text}"
            assert time.monotonic() < deadline, f"no {text!r} within {timeout} s:\n{self.text}"
            time.sleep(_LOOK_EVERY)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._popen.send_signal(number)

    def wait(self, *, timeout: float) -> int:
        """Its exit code."""
        return self._popen.wait(timeout)

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait()


@contextmanager
def running(output: Path, *arguments: str) -> Iterator[Running]:
    """A `dudao` command that is killed at the end of the test, should it still run."""
    command = Running(output, *arguments)
    try:
        yield command
    finally:
        command.kill()


def processes_of(folder: Path) -> dict[int, str]:
    """Command lines of the processes that name the folder among their arguments or in their environment."""
    wanted = str(folder).encode()
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        # A process may end while it is looked at, or belong to somebody else.
        with suppress(OSError):
            if entry.name.isdigit() and wanted in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
    return found


def left_behind(folder: Path, seconds: float = 10.0) -> dict[int, str]:
    """Processes of the folder that are still there once the kernel had time to end those whose parent is gone."""
    deadline = time.monotonic() + seconds
    while (found := processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY)
    return found
