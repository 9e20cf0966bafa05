"""What every test shares: marks by folder, no sockets in the fast suites, and the servers of tests/servers.py."""

import os
import socket
from pathlib import Path

import pytest

from dudao.embedded import ports

pytest_plugins = ["tests.servers"]

_TESTS = Path(__file__).parent
_MARKED_FOLDERS = {"component", "integration", "e2e", "faults"}
_SOCKETLESS_FOLDERS = {"unit", "contract", "architecture"}


def pytest_configure() -> None:
    """Workers side by side choose ports from ranges of their own, or one takes what another is about to listen on."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        count, number = int(os.environ["PYTEST_XDIST_WORKER_COUNT"]), int(worker.removeprefix("gw"))
        size = (ports._HIGHEST - ports._LOWEST) // count
        ports._LOWEST += number * size
        ports._HIGHEST = ports._LOWEST + size - 1


def _folder(path: Path) -> str:
    return path.relative_to(_TESTS).parts[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, so that no file has to remember; component tests need the servers too."""
    for item in items:
        folder = _folder(item.path)
        if folder in _MARKED_FOLDERS:
            item.add_marker("integration" if folder == "component" else folder)


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if _folder(request.path) not in _SOCKETLESS_FOLDERS:
        return

    class Guarded(socket.socket):
        # Unix sockets stay: an event loop wakes itself through a pair of them.
        def __init__(self, family: int = -1, *args: int, **kwargs: int) -> None:
            if family != socket.AF_UNIX and "fileno" not in kwargs:
                pytest.fail(f"a test under tests/{_folder(request.path)} opened a network socket")
            super().__init__(family, *args, **kwargs)

    monkeypatch.setattr(socket, "socket", Guarded)
