"""Free ports are free."""

import socket

from dudao.embedded.ports import LOOPBACK, becomes_free, free_port, is_free


def test_port_in_use_is_not_free_and_becomes_free() -> None:
    port = free_port()
    with socket.create_server((LOOPBACK, port)):
        assert not is_free(port)
        assert not becomes_free(port, within=0.1)
    assert becomes_free(port, within=5)


def test_unwanted_port_is_never_chosen() -> None:
    first = free_port()
    assert all(free_port(without=frozenset({first})) != first for _ in range(50))
