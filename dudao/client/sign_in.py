"""Signing in: once per person, and again shortly before the token runs out."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

_MARGIN: Final = 120.0
_AT_ONCE: Final = 2


class SignInError(Exception):
    """The portal gave somebody no token."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account: the password lives in memory only."""

    username: str
    password: str

    def __repr__(self) -> str:
        """Without the password, which must not end in a log."""
        return f"Account({self.username!r})"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    until: float


class SignIns:
    """Tokens by person. `time` is in seconds and only ever grows."""

    def __init__(
        self, portal: str, accounts: Mapping[str, Account], http: httpx.AsyncClient, time: Callable[[], float]
    ) -> None:
        self._url = f"{portal}/v1/sign-in"
        self._accounts = accounts
        self._http = http
        self._time = time
        self._tokens: dict[str, _Token] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Each sign-in keeps a core of the portal busy for tens of milliseconds: more at once only wait longer.
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def token(self, person: str) -> str:
        """A token with some life left; raises `SignInError`, or httpx's own error when the portal is away."""
        async with self._locks[person]:
            known = self._tokens.get(person)
            if known is None or self._time() >= known.until:
                known = await self._sign_in(person)
                self._tokens[person] = known
            return known.text

    async def _sign_in(self, person: str) -> _Token:
        account = self._accounts.get(person)
        if account is None:
            raise SignInError(f"{person} 没有账号 / has no account")
        async with self._places:
            now = self._time()
            body = {"username": account.username, "password": account.password}
            response = await self._http.post(self._url, json=body)
        said = said_by(response)
        if response.status_code != httpx.codes.OK:
            why = f"{said.get('zh', '')} / {said.get('en', response.text[:200])}"
            raise SignInError(f"{account.username}：未能登录 / not signed in: {response.status_code} {why}")
        if not said.keys() >= {"access_token", "expires_in", "must_change_password"}:
            raise SignInError(f"{self._url} 所答不是督导系统的 / what answers there is no Dudao")
        if said["must_change_password"]:
            raise SignInError(
                f"{account.username} 须先修改初始密码 / must change the one-time password: dudao password"
            )
        return _Token(str(said["access_token"]), now + float(said["expires_in"]) - _MARGIN)


def said_by(response: httpx.Response) -> dict[str, Any]:
    """The answer's document; empty for what is none."""
    try:
        said = response.json()
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {}
