"""Commands of the services that are not HTTP: first administrators and demonstration accounts."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from dudao.stack import Stack, StackError

_PATIENCE: Final = 170.0


class _NewPassword(msgspec.Struct):
    username: str
    password: str


def run_command(stack: Stack, service: str, *arguments: str, given: bytes = b"") -> bytes:
    """What `python -m services.<service> …` printed; raises `StackError` with its complaint when it fails."""
    # Nothing of our own environment: what configures a service is in the stack's settings, all of it.
    return run_service(service, *arguments, environment={"PYTHONUTF8": "1", **stack.environment(service)}, given=given)


def run_service(
    service: str, *arguments: str, environment: Mapping[str, str] | None = None, given: bytes = b""
) -> bytes:
    """The same by the settings in this environment, our own unless it is given."""
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}", *arguments],
        input=given,
        capture_output=True,
        env=environment,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        complaint = done.stderr.decode(errors="replace").strip()
        raise StackError(f"services.{service} {' '.join(arguments)}: {complaint[-2000:]}")
    return done.stdout


def first_administrator(stack: Stack, city: str, name: str, person: str) -> None:
    """The city, and the first person with the one grant that lets all others be given; again, it changes nothing."""
    run_command(stack, "inspection", "init", "--city", city, "--name", name, "--person", person)


def first_account(stack: Stack, person: str, username: str) -> str:
    """The first administrator's account; returns its one-time password."""
    return run_command(stack, "portal", "init", "--person", person, "--username", username).decode().strip()


def make_accounts(stack: Stack, usernames: Mapping[str, str]) -> dict[str, str]:
    """Accounts with fresh passwords for people; takes username by person id, returns password by username."""
    lines = (msgspec.json.encode({"username": name, "person": person}) for person, name in usernames.items())
    printed = run_command(stack, "portal", "demo-accounts", given=b"\n".join(lines) + b"\n")
    made = msgspec.json.decode(b"[" + b",".join(_lines(printed)) + b"]", type=list[_NewPassword])
    return {account.username: account.password for account in made}


def _lines(printed: bytes) -> Sequence[bytes]:
    return [line for line in printed.splitlines() if line.strip()]
