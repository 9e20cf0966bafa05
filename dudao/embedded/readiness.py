"""Waiting for a server to answer."""

import time
from collections.abc import Callable

from dudao.embedded.errors import ServerFailed
from dudao.embedded.processes import Process

_LOOK_EVERY = 0.02


def wait_until(ready: Callable[[], bool], process: Process, *, timeout: float, what: str) -> None:
    """Poll `ready` until it is true.

    Raises `ServerFailed` when the process ends first or `timeout` seconds pass; then it is killed.
    """
    deadline = time.monotonic() + timeout
    while not ready():
        if not process.running:
            raise ServerFailed(f"{process.name} ended with code {process.returncode}\n{process.tail()}")
        if time.monotonic() >= deadline:
            process.kill()
            raise ServerFailed(f"{process.name} was not {what} within {timeout:g} s\n{process.tail()}")
        time.sleep(_LOOK_EVERY)
