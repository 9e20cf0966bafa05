"""The portal's commands: `api`, `init`, `demo-accounts`, `new-key`."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TextIO

import msgspec

from runtime import canonical
from runtime.errors import Rejected, Retryable
from runtime.http.serve import run, serve
from runtime.telemetry import set_up_logging
from services.portal.administration import Administration
from services.portal.bootstrap import Portal, make_app
from services.portal.settings import PortalSettings
from services.portal.signing import new_key_pem

_MAX_ACCOUNTS = 20_000


class _Wanted(msgspec.Struct, forbid_unknown_fields=True):
    username: str
    person: str


async def api() -> None:
    """Serve until told to stop."""
    settings = PortalSettings()
    await serve(make_app(Portal(settings)), settings.host, settings.port)


async def init(administration: Administration, username: str, person: str, *, reset: bool, out: TextIO) -> None:
    """Make the first administrator's account and print its one-time password, once."""
    made = await administration.init(username, person, reset=reset)
    print(made.password, file=out)


async def demo_accounts(administration: Administration, lines: TextIO, out: TextIO) -> None:
    """Make or reset the accounts in JSON lines {username, person}; print JSON lines {username, password}."""
    wanted = read_wanted(lines)
    for made in await administration.set_all(wanted):
        print(canonical.encode({"username": made.username, "password": made.password}).decode(), file=out)


def read_wanted(lines: TextIO) -> list[tuple[str, str]]:
    """(user name, person) of each line; raises `Rejected` naming the line that cannot be read."""
    wanted: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = msgspec.json.decode(line, type=_Wanted)
            except msgspec.DecodeError:
                raise Rejected("line-invalid", f"第 {number} 行无法读取", f"line {number} cannot be read") from None
            wanted.append((row.username, row.person))
        if len(wanted) > _MAX_ACCOUNTS:
            raise Rejected("too-many-lines", "账户过多", f"more than {_MAX_ACCOUNTS} accounts")
    return wanted


def _once(work: Callable[[Administration], Awaitable[None]]) -> None:
    set_up_logging("portal", "WARNING")

    async def main() -> None:
        portal = Portal(PortalSettings())
        try:
            await portal.initialise()
            await work(portal.administration)
        finally:
            await portal.close()

    try:
        asyncio.run(main())
    except Rejected as error:
        raise SystemExit(f"{error.zh} / {error.en}") from None
    except Retryable:
        raise SystemExit("数据库不可用 / MongoDB cannot be reached") from None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.portal", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("api", help="提供 HTTP 接口 / serve the API")
    first = commands.add_parser("init", help="建立首个管理员账户 / make the first administrator's account")
    first.add_argument("--person", required=True, help="人员编号 / the person's id")
    first.add_argument("--username", required=True, help="用户名 / user name")
    first.add_argument("--reset", action="store_true", help="账户已存在时重置密码 / reset an existing account")
    commands.add_parser("demo-accounts", help="由标准输入批量建立账户 / accounts in bulk, from standard input")
    commands.add_parser("new-key", help="生成签名密钥（PEM）/ print a new signing key, PEM")
    return parser.parse_args()


def main() -> None:
    """Run one command; passwords go to standard output only, and come from nowhere else."""
    chosen = _arguments()
    if chosen.command == "api":
        run("portal", api)
    elif chosen.command == "new-key":
        print(new_key_pem(), end="")
    elif chosen.command == "init":
        _once(lambda admin: init(admin, chosen.username, chosen.person, reset=chosen.reset, out=sys.stdout))
    else:
        _once(lambda admin: demo_accounts(admin, sys.stdin, sys.stdout))


if __name__ == "__main__":
    main()
