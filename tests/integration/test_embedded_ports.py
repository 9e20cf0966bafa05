"""Free ports are free."""

import socket
from collections import deque

import pytest

from dudao.embedded import ports
from dudao.embedded.ports import LOOPBACK, becomes_free, free_port, is_free


def test_port_in_use_is_not_free_and_becomes_free() -> None:
    port = free_port()
    with socket.create_server((LOOPBACK, port)):
        assert not is_free(port)
        assert not becomes_free(port, within=0.1)
    assert becomes_free(port, within=5)


def test_no_port_is_given_twice_nor_an_unwanted_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_given", deque(maxlen=100))
    monkeypatch.setattr(ports, "_HIGHEST", ports._LOWEST + 80)
    unwanted = frozenset(range(ports._LOWEST, ports._LOWEST + 20))

    given = [free_port(without=unwanted) for _ in range(30)]

    assert len({*given, *unwanted}) == 50


def test_when_all_are_given_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_given", deque(range(ports._LOWEST, ports._LOWEST + 10)))
    monkeypatch.setattr(ports, "_HIGHEST", ports._LOWEST + 9)

    with pytest.raises(OSError, match="no free loopback port"):
        free_port()
