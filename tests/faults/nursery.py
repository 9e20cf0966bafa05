"""`python -m tests.faults.nursery SOCKET`: has everything imported, and forks a service's process whenever it is asked.

A campaign starts processes by the hundred on a small machine, where a second of imports each is most of what it does.
What is forked is as real as what is executed: a process, session and log of its own, and the service's own `__main__`.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_MODULES: Final = tuple(f"services.{name}.bootstrap" for name in ("inspection", "notification", "reporting", "portal"))
_MOST: Final = 1 << 20
_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWNS: Final = 0x00020000

Wanted = dict[str, Any]


def serve(path: Path) -> Wanted:
    """Fork a process per request and answer with a descriptor of it; returns only in a forked one, with its request."""
    # Nobody waits for the forked ones here: whoever asked for them watches their descriptors.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()
    parent = os.getpid()
    while True:
        asking, _ = listening.accept()
        with asking, asking.makefile() as request:
            line = request.readline(_MOST)
            if not line:
                # Somebody wanted to know whether we are here.
                continue
            pid = os.fork()
            if pid:
                _answer(asking, pid)
        if pid == 0:
            listening.close()
            _die_with(parent)
            wanted: Wanted = json.loads(line)
            return wanted


def _answer(asking: socket.socket, pid: int) -> None:
    # One that has ended already has no descriptor, and one who asked and is gone needs none.
    with suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            socket.send_fds(asking, [b"%d\n" % pid], [descriptor])
        finally:
            os.close(descriptor)


def _die_with(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def become(wanted: Wanted) -> None:
    """Turn into the process that was asked for: session, log, disks, environment, arguments; then run its module."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    log = os.open(wanted["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    if wanted["mounts"] is not None:
        _enter(wanted["mounts"])
    os.chdir(wanted["cwd"])
    os.environ.update(wanted["env"])
    module, *arguments = wanted["argv"]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _enter(mounts: str) -> None:
    """Into another mount namespace, as `nsenter --mount` does."""
    descriptor = os.open(mounts, os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), f"setns {mounts}")
    os.close(descriptor)


def main() -> None:
    """Import everything, then serve."""
    for name in _MODULES:
        importlib.import_module(name)
    gc.freeze()
    become(serve(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
