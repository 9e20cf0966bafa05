"""What every process is started with."""

import gc
from collections.abc import Iterator

import pytest

from runtime.http import serve


@pytest.fixture
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("thresholds")
def test_a_process_looks_for_cycles_far_less_often_than_the_interpreter_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "set_up_logging", lambda _service: None)
    gc.set_threshold(700, 10, 10)
    seen: list[int] = []

    async def main() -> None:
        seen.append(gc.get_threshold()[0])

    serve.run("test", main)

    assert seen == [serve.LOOK_FOR_CYCLES_AFTER]
    assert gc.isenabled()
