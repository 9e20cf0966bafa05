"""What goes over the wire: bodies that come in, answers that go out."""

from typing import Annotated

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.responses import Response

from runtime.clock import from_micros, to_text
from runtime.http.headers import json_response
from services.portal.accounts import Account
from services.portal.administration import OneTime
from services.portal.passwords import MAX_LENGTH
from services.portal.sign_in import SignedIn
from services.portal.signing import Token

_Secret = Annotated[SecretStr, Field(min_length=1, max_length=4 * MAX_LENGTH)]
_Name = Annotated[str, Field(min_length=1, max_length=256)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignInBody(_Body):
    """User name and password."""

    username: _Name
    password: _Secret


class PasswordBody(_Body):
    """The current password and the new one."""

    current: _Secret
    new: _Secret


class AccountBody(_Body):
    """A user name, and the id of the person it is for."""

    username: _Name
    person: _Name


class ServiceBody(_Body):
    """A service's name and secret."""

    service: _Name
    secret: _Secret


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """A token (RFC 6750) and its life in seconds; with `must_change_password` it is good for that only."""

    access_token: str
    token_type: str
    expires_in: int
    must_change_password: bool


class OneTimeAnswer(Struct, frozen=True, kw_only=True):
    """An account and its new one-time password."""

    username: str
    person: str
    one_time_password: str


class AccountRow(Struct, frozen=True, kw_only=True):
    """An account as the administrator sees it; instants are RFC 3339 in UTC."""

    username: str
    person: str
    must_change_password: bool
    created_at: str
    changed_at: str


class AccountPage(Struct, frozen=True, kw_only=True):
    """One page of accounts."""

    items: tuple[AccountRow, ...]
    next: str | None


def signed_in(signed: SignedIn) -> Response:
    """The answer that carries a token."""
    token: Token = signed.token
    return json_response(
        TokenAnswer(
            access_token=token.text,
            token_type="Bearer",  # noqa: S106 -- RFC 6750's name of the scheme
            expires_in=int(token.life.total_seconds()),
            must_change_password=signed.must_change,
        )
    )


def one_time(made: OneTime, status: int) -> Response:
    """The answer that tells a one-time password."""
    answer = OneTimeAnswer(username=made.username, person=made.person, one_time_password=made.password)
    return json_response(answer, status)


def account_row(account: Account) -> AccountRow:
    """An account without its hash."""
    return AccountRow(
        username=account.username,
        person=account.person,
        must_change_password=account.must_change,
        created_at=to_text(from_micros(account.created_at)),
        changed_at=to_text(from_micros(account.changed_at)),
    )
