"""The process that every file's process is a copy of: all is imported once, and nothing of a file ever comes here.

A request is a message with two descriptors, the file and where the answer goes. A file's process ends when it has
answered, when its bounds end it, or when nobody waits for the answer any more; only then is the answer's end seen.
"""

import gc
import os
import selectors
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

_DESCRIPTORS: Final = 2
_FILE, _ANSWER, _LIFE = 0, 1, 3
# Sent first: whoever gets not even this asks again; whoever gets only this sent a file that its bounds ended.
BEGUN: Final = b"+"


@dataclass(frozen=True, slots=True)
class _Child:
    """A file's process. `life` ends with it; `answer` can be read from when whoever asked has gone."""

    pid: int
    answer: socket.socket
    life: socket.socket

    def end(self, selector: selectors.BaseSelector) -> None:
        # Killed also when it seems to have ended: it alone says so. Its id is nobody else's before it is waited for.
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        for ending in (self.answer, self.life):
            selector.unregister(ending)
            ending.close()


def serve(control: socket.socket, answer: Callable[[], None]) -> None:
    """Until `control` ends: a process for each request, where `answer` reads standard input, writes standard output."""
    gc.freeze()
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not control:
                    if key.fileobj in selector.get_map():
                        key.data.end(selector)
                elif not _begin(control, selector, answer):
                    return _end_all(selector)


def _end_all(selector: selectors.BaseSelector) -> None:
    for child in {key.data for key in selector.get_map().values() if key.data is not None}:
        child.end(selector)


def _begin(control: socket.socket, selector: selectors.BaseSelector, answer: Callable[[], None]) -> bool:
    said, descriptors, _, _ = socket.recv_fds(control, 1, _DESCRIPTORS)
    if not said:
        return False
    file, reply = descriptors[0], socket.socket(fileno=descriptors[1])
    life, held = socket.socketpair()
    try:
        pid = os.fork()
    except OSError:
        pid = None
    if pid == 0:
        _be_the_child(file, reply, held, selector, answer)
    os.close(file)
    held.close()
    if pid is None:
        life.close()
        reply.close()
        return True
    child = _Child(pid, reply, life)
    for ending in (reply, life):
        selector.register(ending, selectors.EVENT_READ, child)
    return True


def _be_the_child(
    file: int, reply: socket.socket, held: socket.socket, selector: selectors.BaseSelector, answer: Callable[[], None]
) -> NoReturn:
    code = 1
    try:
        # The ways to the other files' processes, and to whoever asks, are closed before anything is read.
        for key in selector.get_map().values():
            os.close(key.fd)
        os.dup2(file, _FILE, inheritable=False)
        os.dup2(reply.fileno(), _ANSWER, inheritable=False)
        os.dup2(held.fileno(), _LIFE, inheritable=False)
        os.closerange(_LIFE + 1, os.sysconf("SC_OPEN_MAX"))
        os.write(_ANSWER, BEGUN)
        answer()
        code = 0
    finally:
        # Without what a process does at its end: that is the template's to do.
        os._exit(code)
