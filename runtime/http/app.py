"""The application factory: every service's HTTP side is made here, and nothing is served that declares no access."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts

from runtime.access.principal import Principal
from runtime.http.docs import install_docs
from runtime.http.envelope import Envelope
from runtime.http.gate import Gate, declaration_of
from runtime.http.health import Check, health_router
from runtime.http.openapi import install_openapi
from runtime.http.problems import install as install_problems

MAX_BODY: Final = 1024 * 1024
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class AccessUndeclaredError(RuntimeError):
    """An operation says nothing about who may call it, so nothing is served at all."""


class _NoTokens:
    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        raise AssertionError(f"a process without a gate has only public operations ({len(token)}, {purpose})")


def create_app(
    *,
    title: str,
    version: str,
    routers: Sequence[APIRouter] = (),
    gate: Gate | None = None,
    ready: Mapping[str, Check] | None = None,
    lifespan: Lifespan | None = None,
    max_body: int = MAX_BODY,
) -> FastAPI:
    """An application of these routers, with health, metrics, documentation, problems and the gate on every route.

    `ready` names the checks of `/health/ready`; `lifespan` runs around serving; `max_body` bounds request bodies in
    bytes. Without a gate only public operations are allowed (a worker's health). Raises `AccessUndeclaredError`.
    """
    guard = gate or Gate(_NoTokens())

    async def access(request: Request) -> None:
        await guard(request)

    @asynccontextmanager
    async def checked(app: FastAPI) -> AsyncIterator[None]:
        # Once more before serving: routes may have been added since.
        require_declarations(app, public_only=gate is None)
        async with lifespan(app) if lifespan is not None else _nothing():
            yield

    app = FastAPI(
        title=title,
        version=version,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        dependencies=[Depends(access)],
        lifespan=checked,
        redirect_slashes=False,
    )
    app.state.gate = guard
    install_problems(app, access)
    install_docs(app)
    for router in (health_router(ready or {}), *routers):
        app.include_router(router)
    app.add_middleware(Envelope, max_body=max_body)
    require_declarations(app, public_only=gate is None)
    install_openapi(app)
    return app


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


def require_declarations(app: FastAPI, *, public_only: bool = False) -> None:
    """Raise `AccessUndeclaredError` naming every operation without a declaration, or with a doubled or missing name."""
    wrong: list[str] = []
    seen: set[str] = set()
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute):
            continue
        declaration = declaration_of(context.original_route)
        name = context.original_route.operation_id
        if declaration is None or not name or name in seen or (public_only and declaration.scope != "public"):
            wrong.append(f"{sorted(context.methods or ())} {context.path} ({name})")
        seen.add(name or "")
    if wrong:
        raise AccessUndeclaredError(f"no access declared, or no name of its own: {'; '.join(wrong)}")
