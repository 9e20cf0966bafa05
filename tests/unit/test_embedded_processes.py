"""Child processes: their log, their end, and that none outlives us."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from dudao.embedded import EmbeddedError, Process, Restart, Supervisor

_SLEEP = ("sleep", "600")
_DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
)


def _eventually(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _says(process: Process, word: str) -> bool:
    return word in process.tail()


def test_output_is_appended_to_the_log(tmp_path: Path) -> None:
    process = Process(
        "hello", ["sh", "-c", "echo $WORD; echo oops >&2"], log=tmp_path / "logs/hello.log", env={"WORD": "hi"}
    )
    for _ in range(2):
        process.start()
        assert process.wait(10)
    assert process.tail() == "hi\noops\nhi\noops"
    assert process.returncode == 0


def test_missing_program_says_so_in_the_log(tmp_path: Path) -> None:
    process = Process("ghost", ["no-such-program-anywhere"], log=tmp_path / "log")
    process.start()
    assert process.wait(10)
    assert process.returncode == 1
    assert "no-such-program-anywhere: No such file" in process.tail()


def test_second_start_of_a_running_program_is_refused(tmp_path: Path) -> None:
    with (
        Process("sleeper", _SLEEP, log=tmp_path / "log") as process,
        pytest.raises(EmbeddedError, match="runs already"),
    ):
        process.start()


def test_stop_ends_a_program_that_ignores_sigterm(tmp_path: Path) -> None:
    process = Process("deaf", _DEAF, log=tmp_path / "log")
    process.start()
    _eventually(partial(_says, process, "deaf"))
    process.stop(grace=0.2)
    assert process.returncode == -signal.SIGKILL


def test_stop_ends_a_paused_program(tmp_path: Path) -> None:
    process = Process("paused", _SLEEP, log=tmp_path / "log")
    process.start()
    process.signal(signal.SIGSTOP)
    process.stop(grace=10)
    assert process.returncode == -signal.SIGTERM


def test_kill_takes_what_the_program_started(tmp_path: Path) -> None:
    process = Process("family", ["sh", "-c", "sleep 600 & echo $!; wait"], log=tmp_path / "log")
    process.start()
    _eventually(lambda: process.tail().strip().isdigit())
    grandchild = int(process.tail())
    process.kill()
    _eventually(lambda: not _alive(grandchild))


def test_child_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    process = Process("sleeper", _SLEEP, log=tmp_path / "log")
    thread = threading.Thread(target=process.start)
    thread.start()
    thread.join()
    _eventually(lambda: Path(f"/proc/{process.pid}/comm").read_text().strip() == "sleep")
    assert process.running
    process.stop()


def test_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from dudao.embedded import Process\n"
        "child = Process('orphan', ['sleep', '600'], log=Path(sys.argv[1])); child.start()\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        _eventually(lambda: Path(f"/proc/{child}/comm").read_text().strip() == "sleep")
        os.kill(parent.pid, signal.SIGKILL)
    _eventually(lambda: not _alive(child))


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.5), (2, 1.0), (4, 4.0), (7, 30.0), (100_000, 30.0)])
def test_restart_delay_doubles_up_to_its_limit(failures: int, seconds: float) -> None:
    assert Restart(first_delay=0.5, longest_delay=30.0).delay(failures) == seconds


def test_supervisor_restarts_what_has_a_policy(tmp_path: Path) -> None:
    kept = Process("kept", _SLEEP, log=tmp_path / "kept")
    left = Process("left", _SLEEP, log=tmp_path / "left")
    with Supervisor() as supervisor:
        supervisor.add(kept, Restart(first_delay=0.01))
        supervisor.add(left)
        first = kept.pid
        kept.kill()
        left.kill()
        _eventually(lambda: kept.running and kept.pid != first)
        status, other = supervisor.statuses()
        assert (status.name, status.running, status.restarts, status.returncode) == ("kept", True, 1, -9)
        assert (other.running, other.restarts) == (False, 0)
    assert not kept.running


def test_supervisor_stops_in_reverse_order(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    script = 'trap \'echo "$0" >> "$1"; exit 0\' TERM; echo ready; while :; do sleep 0.01; done'
    supervisor = Supervisor()
    for name in ("first", "second", "third"):
        process = Process(name, ["sh", "-c", script, name, str(ended)], log=tmp_path / name)
        supervisor.add(process)
        _eventually(partial(_says, process, "ready"))
    supervisor.stop()
    supervisor.stop()
    assert ended.read_text().split() == ["third", "second", "first"]
    with pytest.raises(EmbeddedError, match="stopped"):
        supervisor.add(Process("late", _SLEEP, log=tmp_path / "late"))
