"""Lets a request in or refuses it, by the operation's declaration: one dependency on every route."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request

from runtime.access.declaration import Declaration, declared, forbidden, require, unauthenticated
from runtime.access.principal import Grant, Principal
from runtime.access.tokens import Verifier
from runtime.errors import Rejected

GrantsOf = Callable[[str], Awaitable[Sequence[Grant]]]


def declaration_of(route: Any) -> Declaration | None:
    """What a route declares in `x-access`; none when it declares nothing readable."""
    return declared((getattr(route, "openapi_extra", None) or {}).get("x-access"))


class Gate:
    """Checks the token, and the caller's grants where the operation asks for a role.

    `grants_of(person)` gives the grants that count now. A service without grants of its own passes `grants_by_token`,
    which is given the caller's token to ask elsewhere with.
    """

    def __init__(
        self, verifier: Verifier, grants_of: GrantsOf | None = None, *, grants_by_token: GrantsOf | None = None
    ) -> None:
        self._verifier = verifier
        self._grants_of = grants_of
        self._grants_by_token = grants_by_token

    async def __call__(self, request: Request) -> None:
        """Raise `Rejected` (401, 403) or `Retryable`, or leave `principal` and `grants` in the request's state."""
        declaration = declaration_of(request.scope.get("route"))
        if declaration is None:
            raise forbidden()
        principal = None if declaration.scope == "public" else await self._identify(request, declaration)
        request.state.principal = principal
        grants = await self.grants(request) if declaration.roles else ()
        require(principal, grants, declaration)

    async def grants(self, request: Request) -> tuple[Grant, ...]:
        """The caller's grants, asked for once a request; a service has none."""
        known: tuple[Grant, ...] | None = getattr(request.state, "grants", None)
        if known is None:
            known = request.state.grants = await self._load(request)
        return known

    async def _load(self, request: Request) -> tuple[Grant, ...]:
        principal: Principal | None = request.state.principal
        if principal is None or principal.kind != "person":
            return ()
        if self._grants_of is not None:
            return tuple(await self._grants_of(principal.subject))
        return tuple(await self._grants_by_token(bearer(request))) if self._grants_by_token else ()

    async def _identify(self, request: Request, declaration: Declaration) -> Principal:
        return await self._verifier.verify(bearer(request), declaration.purpose)


def bearer(request: Request) -> str:
    """The request's token; raises `Rejected` (401) when it carries none, or two."""
    values = request.headers.getlist("authorization")
    if not values:
        raise unauthenticated()
    scheme, _, token = values[0].partition(" ")
    if len(values) > 1 or scheme.lower() != "bearer" or not token or " " in token:
        raise Rejected("token-invalid", "登录凭证无效，请重新登录", "The token is not valid; sign in again", status=401)
    return token


async def principal_of(request: Request) -> Principal:
    """Who calls; raises `Rejected` (401) on an operation open to everybody."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise unauthenticated()
    return principal


async def grants_of(request: Request) -> tuple[Grant, ...]:
    """The caller's grants as they count now."""
    gate: Gate = request.app.state.gate
    return await gate.grants(request)


Caller = Annotated[Principal, Depends(principal_of)]
CallerGrants = Annotated[tuple[Grant, ...], Depends(grants_of)]
