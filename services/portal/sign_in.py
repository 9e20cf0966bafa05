"""Signing in and changing one's own password."""

import math
from dataclasses import dataclass, replace
from datetime import datetime

from runtime.access.declaration import forbidden
from runtime.access.principal import Principal
from runtime.access.tokens import PASSWORD_PURPOSE, Verifier
from runtime.clock import Clock, to_micros
from runtime.errors import Conflict, Rejected
from services.portal.accounts import Account
from services.portal.adapters.mongo_accounts import MongoAccounts, Request, Trail
from services.portal.adapters.mongo_attempts import MongoAttempts
from services.portal.passwords import Hasher, check_password
from services.portal.signing import Signer, Token, issued_at


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A token; with `must_change` it is good for changing the password only."""

    token: Token
    must_change: bool


class SignIn:
    """Accounts' owners: sign in, change the own password. `least` is the least number of a password's characters."""

    def __init__(
        self, accounts: MongoAccounts, attempts: MongoAttempts, hasher: Hasher, signer: Signer, clock: Clock, least: int
    ) -> None:
        self._accounts = accounts
        self._attempts = attempts
        self._hasher = hasher
        self._signer = signer
        self._clock = clock
        self._least = least

    async def sign_in(self, username: str, password: str) -> SignedIn:
        """Raises `Rejected`: 401 for a wrong user name or password alike, 429 while locked out."""
        number = await self._begin(username)
        account = await self._accounts.find(username)
        if not await self._hasher.matches(account.password_hash if account else None, password) or account is None:
            await self._note_lock(username, number, known=account is not None)
            raise Rejected("sign-in-failed", "用户名或密码不正确", "Wrong user name or password", status=401)
        await self._attempts.clear(username)
        if self._hasher.outdated(account.password_hash):
            account = await self._renew(account, password)
        return self._token(account)

    async def change_password(self, person: str, current: str, new: str, request: Request) -> SignedIn:
        """A new password for the own account, and a token; raises `Rejected` naming the rule that is broken."""
        account = await self._accounts.find_by_person(person)
        if account is None:
            raise forbidden()
        if await self._accounts.seen(request):
            return self._token(account)
        number = await self._begin(account.username)
        if not await self._hasher.matches(account.password_hash, current):
            await self._note_lock(account.username, number, known=True)
            raise Rejected("password-wrong", "原密码不正确", "The current password is not right")
        check_password(new, account.username, self._least)
        if await self._hasher.matches(account.password_hash, new):
            raise Rejected("password-unchanged", "新密码不得与原密码相同", "The new password is the old one")
        now = self._clock.now()
        changed = account.with_password(await self._hasher.hash(new), must_change=False, now=now)
        # Of several changes at once one counts; the others are told of the conflict.
        await self._accounts.replace(changed, Trail(person, "password-changed", account.username, now), request)
        await self._attempts.clear(account.username)
        return self._token(changed)

    async def _begin(self, username: str) -> int:
        now = self._clock.now()
        attempt = await self._attempts.begin(username, now)
        if attempt.locked_until is not None:
            raise _locked_out(attempt.locked_until, now)
        return attempt.number

    async def _note_lock(self, username: str, number: int, *, known: bool) -> None:
        if self._attempts.is_last(number):
            # An unknown name is not written down: it may be a password typed into the wrong field.
            name = username if known else "unknown"
            await self._accounts.note(Trail("anybody", "locked-out", name, self._clock.now()))

    async def _renew(self, account: Account, password: str) -> Account:
        now = self._clock.now()
        renewed = replace(
            account,
            password_hash=await self._hasher.hash(password),
            changed_at=to_micros(now),
            version=account.version + 1,
        )
        try:
            await self._accounts.replace(renewed, Trail(account.person, "hash-renewed", account.username, now))
        except Conflict:
            # Somebody changed the account just now; the old hash was right a moment ago, the next sign-in tries again.
            return account
        return renewed

    def _token(self, account: Account) -> SignedIn:
        purpose = PASSWORD_PURPOSE if account.must_change else None
        token = self._signer.sign(account.person, purpose=purpose, not_before=account.tokens_from)
        return SignedIn(token, account.must_change)


def _locked_out(until: datetime, now: datetime) -> Rejected:
    seconds = max(1, math.ceil((until - now).total_seconds()))
    return Rejected(
        "locked-out",
        "登录失败次数过多，请稍后再试",
        "Too many failures; try again later",
        status=429,
        retry_after=seconds,
    )


class LiveTokens:
    """A verifier that also refuses what was signed before the account's password was changed or reset."""

    def __init__(self, verifier: Verifier, accounts: MongoAccounts) -> None:
        self._verifier = verifier
        self._accounts = accounts

    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        """The principal; raises `Rejected` (401, 403) or `Retryable`."""
        principal = await self._verifier.verify(token, purpose)
        if principal.kind == "person":
            account = await self._accounts.find_by_person(principal.subject)
            if account is None or not account.accepts_token_of(issued_at(token)):
                raise Rejected("token-revoked", "登录已失效，请重新登录", "Sign in again", status=401)
        return principal
