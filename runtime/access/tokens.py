"""Verifies the portal's tokens: EdDSA over Ed25519, one issuer, one audience, short lives (RFC 7519, RFC 8037)."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import jwt

from runtime.access.keys import Fetch, KeySet
from runtime.access.principal import Principal
from runtime.clock import Clock, SystemClock
from runtime.errors import Rejected

AUDIENCE: Final = "dudao"
PASSWORD_PURPOSE: Final = "password"  # noqa: S105 -- the name of a purpose
_MAX_TOKEN: Final = 2048
_MAX_KID: Final = 64
_MAX_SUBJECT: Final = 200
_REMEMBERED: Final = 4096
LEEWAY: Final = timedelta(seconds=5)
_REQUIRED: Final = ["exp", "iat", "iss", "aud", "sub", "jti"]


class Verifier(Protocol):
    """Tells whose token it is."""

    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        """The principal; raises `Rejected` (401, 403), or `Retryable` while no key can be had."""
        ...


def audience_of(audience: str, purpose: str) -> str:
    """The audience of a token good for one purpose only: whoever does not know of it refuses it."""
    return f"{audience}/{purpose}"


def _invalid() -> Rejected:
    return Rejected("token-invalid", "登录凭证无效，请重新登录", "The token is not valid; sign in again", status=401)


def _expired() -> Rejected:
    return Rejected("token-expired", "登录已过期，请重新登录", "The token has expired; sign in again", status=401)


def _password_first() -> Rejected:
    return Rejected(
        "password-change-required", "请先修改初始密码", "Change the one-time password first", status=403
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Verified:
    principal: Principal
    audience: str
    begins: datetime
    expires: datetime


class TokenVerifier:
    """Verifies tokens and remembers the last ones for as long as they live and the keys stay the same.

    `fetch` gives the issuer's JWKS; `issuer` and `audience` must be exactly the token's.
    """

    def __init__(self, fetch: Fetch, issuer: str, audience: str = AUDIENCE, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._keys = KeySet(fetch, self._clock)
        self._issuer = issuer
        self._audience = audience
        self._seen: OrderedDict[bytes, _Verified] = OrderedDict()
        self._generation: datetime | None = None

    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        """The principal; raises `Rejected` (401, 403), or `Retryable` while no key can be had."""
        if len(token) > _MAX_TOKEN or not token.isascii():
            raise _invalid()
        await self._keys.refreshed()
        found = await self._look_up(token)
        now = self._clock.now()
        if now >= found.expires + LEEWAY:
            raise _expired()
        if now < found.begins - LEEWAY:
            raise _invalid()
        self._check_audience(found.audience, purpose)
        return found.principal

    def _check_audience(self, audience: str, purpose: str | None) -> None:
        if audience == self._audience:
            return
        if purpose is not None and audience == audience_of(self._audience, purpose):
            return
        if audience == audience_of(self._audience, PASSWORD_PURPOSE):
            raise _password_first()
        raise _invalid()

    async def _look_up(self, token: str) -> _Verified:
        if self._generation != self._keys.generation:
            self._seen.clear()
            self._generation = self._keys.generation
        digest = hashlib.sha256(token.encode()).digest()
        found = self._seen.get(digest)
        if found is None:
            found = self._seen[digest] = await self._decode(token)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return found

    async def _decode(self, token: str) -> _Verified:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise _invalid() from None
        kid = header.get("kid")
        if header.get("alg") != "EdDSA" or not isinstance(kid, str) or len(kid) > _MAX_KID:
            raise _invalid()
        key = await self._keys.get(kid)
        if key is None:
            raise _invalid()
        # Times and audience are checked at every use, by our own clock, since the answer is remembered.
        options: Any = {"require": _REQUIRED, "verify_aud": False} | dict.fromkeys(
            ("verify_exp", "verify_nbf", "verify_iat"), False
        )
        try:
            claims = jwt.decode(token, key, algorithms=["EdDSA"], issuer=self._issuer, options=options)
            return _read(claims)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            raise _invalid() from None


def _instant(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a time claim must be whole seconds")
    return datetime.fromtimestamp(value, tz=UTC)


def _read(claims: dict[str, Any]) -> _Verified:
    subject, audience = claims["sub"], claims["aud"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT or not isinstance(audience, str):
        raise TypeError("subject and audience must be one text each")
    begins = max(_instant(claims["iat"]), _instant(claims.get("nbf", claims["iat"])))
    return _Verified(Principal.of(subject), audience, begins, _instant(claims["exp"]))
