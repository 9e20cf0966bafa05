"""Free loopback ports."""

import random
import socket
import time
from collections import deque

from dudao.embedded.errors import ServerFailed

LOOPBACK = "127.0.0.1"

# Below Linux's ephemeral range: no outgoing connection can take one between our look and the server's bind.
_LOWEST, _HIGHEST = 20_000, 32_000
_ATTEMPTS = 200
_dice = random.SystemRandom()
# Chosen by this process lately. Between our look and the server's bind a port looks free to us as well.
_given: deque[int] = deque(maxlen=4000)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a connection in TIME_WAIT does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(*, without: frozenset[int] = frozenset()) -> int:
    """Return a loopback port nobody listens on, other than those in `without` and those given before.

    Chosen at random, so that test runs side by side do not race for the same one. Raises `OSError` if none is found.
    """
    for _ in range(_ATTEMPTS):
        port = _dice.randint(_LOWEST, _HIGHEST)
        if port not in without and port not in _given and is_free(port):
            _given.append(port)
            return port
    raise OSError(f"no free loopback port found between {_LOWEST} and {_HIGHEST}")


def becomes_free(port: int, *, within: float) -> bool:
    """Wait up to `within` seconds for a port to be free: a server just killed may hold it for a moment."""
    deadline = time.monotonic() + within
    while not is_free(port):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


def require_free(port: int, name: str, *, within: float = 2.0) -> None:
    """Raise `ServerFailed` if somebody else listens on the port `within` seconds from now.

    Asked before a start, for a stranger there would answer our readiness check in the server's place.
    """
    if not becomes_free(port, within=within):
        raise ServerFailed(f"{name}: port {port} is taken")
