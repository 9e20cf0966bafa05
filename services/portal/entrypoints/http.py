"""The portal's HTTP API."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from contracts.roles import ADMINISTRATOR
from runtime.access.principal import SERVICE_PREFIX
from runtime.access.tokens import PASSWORD_PURPOSE
from runtime.http.gate import Caller
from runtime.http.headers import BodyHash, IdempotencyKey, json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from runtime.ids import derive_id
from services.portal.adapters.mongo_accounts import Request
from services.portal.administration import Administration
from services.portal.entrypoints.shapes import (
    AccountBody,
    AccountPage,
    OneTimeAnswer,
    PasswordBody,
    ServiceBody,
    SignInBody,
    TokenAnswer,
    account_row,
    one_time,
    signed_in,
)
from services.portal.service_secrets import ServiceSecrets
from services.portal.sign_in import SignedIn, SignIn
from services.portal.signing import Signer


@dataclass(frozen=True, slots=True)
class Parts:
    """What the API calls; `request_key` keys the hashes kept of commands, since passwords are among what they hash."""

    sign_in: SignIn
    administration: Administration
    services: ServiceSecrets
    signer: Signer
    request_key: bytes


def request_of(key: bytes) -> Callable[..., Awaitable[Request]]:
    """A dependency giving the command's id and a keyed hash of its body."""

    async def request(caller: Caller, idempotency_key: IdempotencyKey, body_hash: BodyHash) -> Request:
        body = hmac.digest(key, body_hash.encode(), hashlib.sha256).hex()
        return Request(derive_id(caller.subject, idempotency_key), body)

    return request


def sign_in_router(parts: Parts) -> APIRouter:
    """Open to everybody: signing in, services' tokens, the public keys; and changing one's own password."""
    router = APIRouter(tags=["sign-in"])
    command = Annotated[Request, Depends(request_of(parts.request_key))]

    @router.post("/v1/sign-in", **operation("signIn", summary=("登录", "Sign in"), scope="public", returns=TokenAnswer))
    async def sign_in(body: SignInBody) -> Response:
        return signed_in(await parts.sign_in.sign_in(body.username, body.password.get_secret_value()))

    @router.post(
        "/v1/service-tokens",
        **operation("serviceToken", summary=("服务令牌", "A service's token"), scope="public", returns=TokenAnswer),
    )
    async def service_token(body: ServiceBody) -> Response:
        parts.services.check(body.service, body.secret.get_secret_value())
        return signed_in(SignedIn(parts.signer.sign(SERVICE_PREFIX + body.service), must_change=False))

    @router.post(
        "/v1/password",
        **operation(
            "changePassword",
            summary=("修改本人密码", "Change the own password"),
            scope="self",
            purpose=PASSWORD_PURPOSE,
            command=True,
            returns=TokenAnswer,
        ),
    )
    async def change_password(body: PasswordBody, caller: Caller, request: command) -> Response:
        current, new = body.current.get_secret_value(), body.new.get_secret_value()
        return signed_in(await parts.sign_in.change_password(caller.subject, current, new, request))

    @router.get(
        "/.well-known/jwks.json", **operation("jwks", summary=("公钥", "Public keys, RFC 7517"), scope="public")
    )
    async def jwks() -> Response:
        response = json_response(parts.signer.jwks())
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    return router


def accounts_router(parts: Parts) -> APIRouter:
    """For administrators: accounts and one-time passwords."""
    router = APIRouter(prefix="/v1/accounts", tags=["accounts"])
    command = Annotated[Request, Depends(request_of(parts.request_key))]
    access: dict[str, Any] = {"scope": "administrator", "roles": (ADMINISTRATOR,)}

    @router.post(
        "",
        **operation(
            "createAccount",
            summary=("新建账户", "Make an account"),
            command=True,
            status=201,
            returns=OneTimeAnswer,
            **access,
        ),
    )
    async def create(body: AccountBody, caller: Caller, request: command) -> Response:
        made = await parts.administration.create(caller.subject, body.username, body.person, request)
        return one_time(made, 201)

    @router.post(
        "/{username}/reset",
        **operation(
            "resetPassword", summary=("重置密码", "Reset a password"), command=True, returns=OneTimeAnswer, **access
        ),
    )
    async def reset(username: str, caller: Caller, request: command) -> Response:
        return one_time(await parts.administration.reset(caller.subject, username, request), 200)

    @router.get("", **operation("listAccounts", summary=("账户列表", "Accounts"), returns=AccountPage, **access))
    async def accounts(page: PageQuery) -> Response:
        after = page.after(str)
        rows = await parts.administration.page(after[0] if after else None, page.limit + 1)
        items, following = page.cut(rows, lambda account: (account.key,))
        return json_response(AccountPage(items=tuple(map(account_row, items)), next=following))

    return router
