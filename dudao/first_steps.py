"""`dudao init` and `dudao password`: an empty system, its first administrator, and the administrator's own password."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from dudao.client.sign_in import Account, SignInError, said_by
from dudao.demo.screen import Screen
from dudao.folder import OWN, Folder, FolderNotEmptyError, Lock
from dudao.operations.door import At, unanswered
from dudao.service_commands import first_account, first_administrator
from dudao.stack import running

_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a system begins with: the city, by id and name, and its first administrator, by person id and user name."""

    city: str
    name: str
    person: str
    username: str


def init(path: Path, beginning: Beginning, screen: Screen) -> str:
    """An empty system in a folder that holds none; returns the administrator's one-time password.

    Raises `FolderNotEmptyError`, `FolderBusyError` and the stack's errors.
    """
    folder = Folder(path)
    with Lock(folder):
        if folder.system is not None:
            raise FolderNotEmptyError(folder)
        with running(folder, screen.say) as stack:
            first_administrator(stack, beginning.city, beginning.name, beginning.person)
            password = first_account(stack, beginning.person, beginning.username)
        folder.system = OWN
    return password


@dataclass(frozen=True, slots=True)
class NewPassword:
    """An own password to be changed."""

    username: str
    current: str
    new: str

    def __repr__(self) -> str:
        """Without the passwords."""
        return f"NewPassword({self.username!r})"


def change_password(path: Path, wanted: NewPassword, url: str | None = None) -> None:
    """Change one's own password at the running system of a folder, or at the gateway `url`.

    Raises `SignInError` with the portal's words, `UnreachableError`.
    """
    portal = At(path, url, Account(wanted.username, wanted.current)).addresses()["portal"]
    try:
        with httpx.Client(base_url=portal, timeout=_PATIENCE, trust_env=False) as http:
            _changed(http, wanted)
    except httpx.TransportError as error:
        raise unanswered(portal, error) from error


def _changed(http: httpx.Client, wanted: NewPassword) -> None:
    answer = http.post("/v1/sign-in", json={"username": wanted.username, "password": wanted.current})
    token = _accepted(answer).get("access_token")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(16)}
    _accepted(http.post("/v1/password", json={"current": wanted.current, "new": wanted.new}, headers=headers))


def _accepted(response: httpx.Response) -> dict[str, Any]:
    said = said_by(response)
    if not response.is_success:
        raise SignInError(f"{said.get('zh', '')} / {said.get('en', response.status_code)}")
    return said
