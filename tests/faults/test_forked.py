"""What a nursery forks is a process of its own: it runs its module, is stopped, killed and started again by itself."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.forked import Forked, Nursery
from tests.faults.system import ROOT
from tests.ledger_world import eventually

_FOR_EVER = ("http.server", "0", "--bind", "127.0.0.1")


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    made = Nursery(tmp_path_factory.mktemp("n"), ROOT, {"PYTHONPATH": str(ROOT)})
    made.start()
    yield made
    made.stop()


def forked(nursery: Nursery, folder: Path, *argv: str, **env: str) -> Forked:
    return Forked("one", nursery, argv, log=folder / "one.log", env=env, disks=None)


def test_it_runs_its_module_with_its_environment_and_log(nursery: Nursery, tmp_path: Path) -> None:
    one = forked(nursery, tmp_path, "services.notification", "worker", DUDAO_PORT="no port")
    one.start()
    assert one.wait(30)
    assert not one.running
    # Refused by the service's own settings, in its own words.
    assert "port" in one.tail()


async def test_it_is_stopped_killed_and_started_again(nursery: Nursery, tmp_path: Path) -> None:
    one = forked(nursery, tmp_path, *_FOR_EVER)
    one.start()
    first = one.pid
    await eventually(lambda: os.getsid(first) == first)
    one.signal(signal.SIGSTOP)
    await eventually(lambda: Path(f"/proc/{first}/stat").read_text().rsplit(")")[-1].split()[0] == "T")
    one.kill()
    assert one.wait(0)
    one.signal(signal.SIGTERM)
    one.start()
    assert one.running
    assert one.pid != first
    one.stop()
    assert one.wait(0)


async def test_what_is_forked_ends_with_its_nursery(tmp_path: Path) -> None:
    nursery = Nursery(tmp_path / "n", ROOT, {"PYTHONPATH": str(ROOT)})
    nursery.start()
    one = forked(nursery, tmp_path, *_FOR_EVER)
    one.start()
    nursery.stop()
    await eventually(lambda: not one.running)
