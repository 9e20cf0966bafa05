"""`python -m deploy.setup.mongo`: the replica set, and one user per service who may use its own database only."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote, urlsplit

from runtime.errors import Retryable
from runtime.mongo import Database, Mongo, mongo_errors

T = TypeVar("T")
_PATIENCE_S: Final = 120.0
_AGAIN_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Server:
    """The one server: `host:port` as the services name it, and its administrator's name and password."""

    host: str
    user: str
    password: str

    @property
    def url(self) -> str:
        """For the server itself, whether the set exists or not."""
        return (
            f"mongodb://{quote(self.user, safe='')}:{quote(self.password, safe='')}@{self.host}/?directConnection=true"
        )

    def __repr__(self) -> str:
        """Without the password."""
        return f"Server({self.host!r}, {self.user!r})"


@dataclass(frozen=True, slots=True)
class User:
    """A service's user: its name is the service's, its password that of the service's own connection string."""

    name: str
    password: str
    database: str

    @classmethod
    def of(cls, url: str, prefix: str) -> "User":
        """From a connection string; raises `ValueError` for one without name and password."""
        parts = urlsplit(url.strip())
        if not parts.username or not parts.password:
            raise ValueError("连接串缺少用户名或密码 / a connection string without user or password")
        name = unquote(parts.username)
        return cls(name, unquote(parts.password), f"{prefix}_{name}")

    def __repr__(self) -> str:
        """Without the password."""
        return f"User({self.name!r}, {self.database!r})"


async def prepare(server: Server, set_name: str, users: Sequence[User], patience_s: float = _PATIENCE_S) -> list[str]:
    """Start the set if it was never started, wait for its primary, make or renew the users; returns what was done.

    Raises `Retryable` when the server does not answer, or has no primary, within `patience_s` seconds.
    """
    mongo = Mongo(server.url)
    admin = mongo.database("admin")
    try:
        done = await _patiently(lambda: _initiate(admin, set_name, server.host), patience_s)
        await _patiently(lambda: _require_primary(admin), patience_s)
        return done + [await _ensure(admin, user) for user in users]
    finally:
        await mongo.close()


async def _patiently(step: Callable[[], Awaitable[T]], patience_s: float) -> T:
    deadline = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            return await step()
        except Retryable:
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(_AGAIN_S)


async def _command(admin: Database, name: str, value: object, **fields: object) -> Mapping[str, Any]:
    with mongo_errors():
        answer: Mapping[str, Any] = await admin.command({name: value, **fields})
    return answer


async def _initiate(admin: Database, set_name: str, host: str) -> list[str]:
    hello = await _command(admin, "hello", 1)
    if "setName" in hello:
        return []
    await _command(admin, "replSetInitiate", {"_id": set_name, "members": [{"_id": 0, "host": host}]})
    return [f"副本集已建立 / replica set {set_name} started"]


async def _require_primary(admin: Database) -> None:
    if not (await _command(admin, "hello", 1)).get("isWritablePrimary"):
        raise Retryable("尚无主节点 / no primary yet")


async def _ensure(admin: Database, user: User) -> str:
    roles = [{"role": "readWrite", "db": user.database}]
    known = (await _command(admin, "usersInfo", user.name))["users"]
    await _command(admin, "updateUser" if known else "createUser", user.name, pwd=user.password, roles=roles)
    verb = "已更新 / renewed" if known else "已建立 / made"
    return f"用户 {user.name} → {user.database} {verb}"


def main() -> None:
    """Read the files of secrets, prepare, print; exit code 1 with a reason in one line when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m deploy.setup.mongo", description=__doc__)
    parser.add_argument("--host", required=True, help="host:port, as the services name it")
    parser.add_argument("--set", required=True, help="name of the replica set")
    parser.add_argument("--prefix", default="dudao", help="prefix of the services' databases")
    parser.add_argument("--root-password-file", required=True, type=Path)
    parser.add_argument("--user-url-file", required=True, type=Path, action="append", help="one for each service")
    given = parser.parse_args()
    server = Server(given.host, "root", given.root_password_file.read_text().strip())
    users = [User.of(file.read_text(), given.prefix) for file in given.user_url_file]
    try:
        for line in asyncio.run(prepare(server, given.set, users)):
            print(line)
    except Retryable as error:
        raise SystemExit(f"MongoDB 未就绪 / MongoDB is not ready: {error}") from None


if __name__ == "__main__":
    main()
