"""What an administrator does with accounts, and what an operator does from the command line."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.clock import Clock
from runtime.errors import Conflict, NotFound, Rejected
from services.portal.accounts import Account, new_account, username_key
from services.portal.adapters.mongo_accounts import MongoAccounts, Request, Trail
from services.portal.adapters.mongo_attempts import MongoAttempts
from services.portal.passwords import Hasher, derived_password, random_password

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class OneTime:
    """A new one-time password, told once to whoever asked for it."""

    username: str
    person: str
    password: str


class Administration:
    """Making and resetting accounts. `key` is the secret one-time passwords are derived from."""

    def __init__(
        self, accounts: MongoAccounts, attempts: MongoAttempts, hasher: Hasher, clock: Clock, key: bytes
    ) -> None:
        self._accounts = accounts
        self._attempts = attempts
        self._hasher = hasher
        self._clock = clock
        self._key = key

    async def create(self, by: str, username: str, person: str, request: Request) -> OneTime:
        """A new account with a one-time password; raises `Rejected` (409) when the name or the person has one."""
        if await self._accounts.seen(request):
            return await self._told_before(username, request)
        now = self._clock.now()
        password = derived_password(self._key, request.id)
        account = new_account(username, person, await self._hasher.hash(password), must_change=True, now=now)
        try:
            await self._accounts.create(account, Trail(by, "account-created", username, now), request)
        except Conflict:
            if await self._accounts.seen(request):
                return await self._told_before(username, request)
            raise _taken(person) from None
        return OneTime(account.username, person, password)

    async def reset(self, by: str, username: str, request: Request) -> OneTime:
        """A new one-time password; the old one, a lock and every token are void. Raises `NotFound`, `Conflict`."""
        if await self._accounts.seen(request):
            return await self._told_before(username, request)
        account = await self._existing(username)
        now = self._clock.now()
        password = derived_password(self._key, request.id)
        changed = account.with_password(await self._hasher.hash(password), must_change=True, now=now)
        try:
            await self._accounts.replace(changed, Trail(by, "password-reset", username, now), request)
        except Conflict:
            if await self._accounts.seen(request):
                return await self._told_before(username, request)
            raise
        await self._attempts.clear(username)
        return OneTime(account.username, account.person, password)

    async def page(self, after: str | None, limit: int) -> list[Account]:
        """Accounts in the order of their user names."""
        return await self._accounts.page(after, limit)

    async def init(self, username: str, person: str, *, reset: bool) -> OneTime:
        """The first administrator's account; an existing one only with `reset`, else raises `Rejected`."""
        now = self._clock.now()
        password = random_password()
        account = new_account(username, person, await self._hasher.hash(password), must_change=True, now=now)
        before = await self._accounts.find(username)
        if before is None:
            try:
                await self._accounts.create(account, Trail(OPERATOR, "account-created", username, now))
            except Conflict:
                raise _taken(person) from None
        elif not reset or before.person != person:
            raise _taken(before.person)
        else:
            changed = before.with_password(account.password_hash, must_change=True, now=now)
            await self._accounts.replace(changed, Trail(OPERATOR, "password-reset", username, now))
            await self._attempts.clear(username)
        return OneTime(account.username, person, password)

    async def set_all(self, wanted: Sequence[tuple[str, str]]) -> list[OneTime]:
        """Accounts of (user name, person) with new passwords that need not be changed; existing ones are reset.

        Raises `Rejected` when a user name or a person comes twice or has an account with another.
        """
        _require_unique(wanted)
        before = await self._known(wanted)
        told = [OneTime(username, person, random_password()) for username, person in wanted]
        hashes = await asyncio.gather(*(self._hasher.hash(one.password) for one in told))
        made = [self._set(one, fresh, before) for one, fresh in zip(told, hashes, strict=True)]
        now = self._clock.now()
        try:
            await self._accounts.put_all(made, [Trail(OPERATOR, "password-set", one.username, now) for one in told])
        except Conflict:
            raise _taken("") from None
        await self._attempts.clear(*(one.username for one in told))
        return told

    def _set(self, one: OneTime, password_hash: str, before: dict[str, Account]) -> Account:
        now = self._clock.now()
        known = before.get(username_key(one.username))
        if known is None:
            return new_account(one.username, one.person, password_hash, must_change=False, now=now)
        return known.with_password(password_hash, must_change=False, now=now)

    async def _known(self, wanted: Sequence[tuple[str, str]]) -> dict[str, Account]:
        people = {username_key(username): person for username, person in wanted}
        before = {account.key: account for account in await self._accounts.among(wanted)}
        for key, account in before.items():
            if people.get(key) != account.person:
                raise _taken(account.person)
        return before

    async def _existing(self, username: str) -> Account:
        account = await self._accounts.find(username)
        if account is None:
            raise NotFound("no such account")
        return account

    async def _told_before(self, username: str, request: Request) -> OneTime:
        account = await self._existing(username)
        password = derived_password(self._key, request.id)
        if not await self._hasher.matches(account.password_hash, password):
            raise Rejected(
                "one-time-password-used",
                "该初始密码已失效，请重新重置",
                "This one-time password no longer counts; reset again",
                status=409,
            )
        return OneTime(account.username, account.person, password)


def _taken(person: str) -> Rejected:
    return Rejected(
        "account-exists",
        "该用户名或人员已有账户",
        "The user name or the person has an account already",
        status=409,
        person=person,
    )


def _require_unique(wanted: Sequence[tuple[str, str]]) -> None:
    names = {username_key(username) for username, _ in wanted}
    people = {person for _, person in wanted}
    if len(names) != len(wanted) or len(people) != len(wanted):
        raise Rejected("account-twice", "用户名或人员重复", "A user name or a person comes twice")
