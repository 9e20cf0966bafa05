"""`dudao init` and `dudao password`: an empty system, its first administrator, and the administrator's own password."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from dudao.client.sign_in import SignInError
from dudao.demo.screen import Screen
from dudao.folder import OWN, Folder, FolderNotEmptyError, Lock
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


def change_password(path: Path, wanted: NewPassword) -> None:
    """Change one's own password at the running system of a folder; raises `SignInError` with the portal's words."""
    addresses = Folder(path).addresses
    if addresses is None:
        raise SignInError(f"{path} 没有运行过系统 / no system ever ran there")
    portal = addresses.processes["portal"]
    with httpx.Client(base_url=portal, timeout=_PATIENCE, trust_env=False) as http:
        signed_in = _accepted(http.post("/v1/sign-in", json={"username": wanted.username, "password": wanted.current}))
        headers = {"Authorization": f"Bearer {signed_in['access_token']}", "Idempotency-Key": secrets.token_hex(16)}
        body = {"current": wanted.current, "new": wanted.new}
        _accepted(http.post("/v1/password", json=body, headers=headers))


def _accepted(response: httpx.Response) -> dict[str, str]:
    said: dict[str, str] = response.json()
    if response.is_error:
        raise SignInError(f"{said.get('zh', '')} / {said.get('en', response.status_code)}")
    return said
