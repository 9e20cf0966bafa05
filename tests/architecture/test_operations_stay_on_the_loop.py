"""A plain function among an operation's dependencies costs every request a way to another thread and back."""

from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def _elsewhere(app: FastAPI) -> set[str]:
    operations = [context for context in iter_route_contexts(app.routes) if hasattr(context, "dependant")]
    assert operations
    return {
        getattr(call, "__qualname__", repr(call))
        for operation in operations
        for call in _calls(operation.dependant)
        if not iscoroutinefunction(call)
    }


def plain() -> int:
    return 1


def test_a_planted_plain_dependency_is_found() -> None:
    app = FastAPI()

    @app.get("/")
    async def root(found: Annotated[int, Depends(plain)]) -> int:
        return found

    assert _elsewhere(app) == {"plain"}


def test_every_operation_and_all_that_it_depends_on_stays_on_the_loop(applications: dict[str, FastAPI]) -> None:
    assert {service: _elsewhere(app) for service, app in applications.items()} == {
        service: set() for service in applications
    }
