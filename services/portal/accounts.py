"""An account: a user name, the person it belongs to, and the hash of a password."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from runtime.clock import to_micros
from runtime.errors import Rejected

_USERNAME: Final = re.compile(r"[\w.@-]{3,64}")
_PERSON: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_SECOND: Final = 1_000_000


def username_key(text: str) -> str:
    """What makes a user name the same as another: NFKC, without regard to case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True, slots=True)
class Account:
    """One account; `version` counts its changes, instants are microseconds since 1970.

    Tokens made before `tokens_from` (whole seconds since 1970) are not good for changing the account any more.
    """

    username: str
    person: str
    password_hash: str
    must_change: bool
    tokens_from: int
    created_at: int
    changed_at: int
    version: int = 1

    @property
    def key(self) -> str:
        """Its id."""
        return username_key(self.username)

    def with_password(self, password_hash: str, *, must_change: bool, now: datetime) -> "Account":
        """The account after a new password: whatever was signed before is void."""
        return replace(
            self,
            password_hash=password_hash,
            must_change=must_change,
            # A token may be dated ahead already, when the password was changed twice in a second.
            tokens_from=max(_next_second(now), self.tokens_from + 1),
            changed_at=to_micros(now),
            version=self.version + 1,
        )

    def accepts_token_of(self, issued_at: int) -> bool:
        """Whether a token made then (whole seconds since 1970) still counts for this account."""
        return issued_at >= self.tokens_from


def new_account(username: str, person: str, password_hash: str, *, must_change: bool, now: datetime) -> Account:
    """A new account; raises `Rejected` when the user name or the person's id is malformed."""
    if _USERNAME.fullmatch(username_key(username)) is None:
        raise Rejected(
            "username-invalid",
            "用户名应为 3 至 64 个字母、汉字、数字或 . _ - @",
            "A user name has 3 to 64 letters, digits or . _ - @",
        )
    if _PERSON.fullmatch(person) is None:
        raise Rejected("person-invalid", "人员编号格式不正确", "This is not the id of a person")
    at = to_micros(now)
    return Account(username, person, password_hash, must_change, at // _SECOND, at, at)


def _next_second(now: datetime) -> int:
    # A token's time is in whole seconds: only from the next one on is it certain to be younger than the change.
    return to_micros(now) // _SECOND + 1
