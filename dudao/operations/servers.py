"""The database an operator works on: of a data folder, whether its system runs or not, or of a deployed system."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from dudao.embedded import Mongod
from dudao.folder import SERVICES, Folder, FolderBusyError, Lock
from dudao.operations.dumps import connected
from dudao.verify.command import NotRunningError
from runtime.settings import CommonSettings


def require_system(folder: Folder) -> None:
    """Raises `NotRunningError` for a folder that never held one."""
    if folder.system is None or not folder.mongo.is_dir():
        raise NotRunningError(f"{folder.path} 没有系统 / holds no system")


class NotAnOperatorsFolderError(Exception):
    """The folder holds a system of its own, so that it cannot be that of a deployed one's operator."""


def operators_folder(path: Path, *, key: bool = True) -> Folder:
    """Where a deployed system's operator keeps what no server holds: the key that signs, signed heads, reconciliations.

    Made where there is none, with its `key` unless that is to come; raises `NotAnOperatorsFolderError`.
    """
    folder = Folder(path)
    if folder.system is not None or folder.mongo.exists():
        raise NotAnOperatorsFolderError(
            f"{folder.path} 是本机系统的目录，请用 --data 另指一个 / holds a system of its own: name another by --data"
        )
    if key:
        folder.make_heads_key()
    return folder


def deployed_database() -> str:
    """The connection string that the settings name (`DUDAO_MONGO_URL`, or `DUDAO_MONGO_URL_FILE`)."""
    return CommonSettings().mongo_url.get_secret_value()


# A relay holds its lease, and a consumer shows signs of life, within so many milliseconds.
_ALIVE_MS: Final = 10_000
_LIVE: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("lease", {"holder": {"$ne": None}, "$expr": {"$gt": ["$until", "$$NOW"]}}),
    ("sessions", {"$expr": {"$gt": ["$seen_at", {"$subtract": ["$$NOW", _ALIVE_MS]}]}}),
)


class StillRunningError(Exception):
    """Services work on databases that are about to be changed under them."""


def require_stopped(url: str, prefix: str) -> None:
    """Raises `StillRunningError` while a worker shows signs of life; APIs show none. Raises `DumpError`."""
    with connected(url) as client:
        for service in SERVICES:
            for collection, alive in _LIVE:
                if client[f"{prefix}_{service}"][collection].find_one(alive) is not None:
                    raise StillRunningError(
                        f"{service} 仍在运行或刚停，请停止所有服务，十秒后再试\n"
                        "it still runs, or did a moment ago: stop every service and try again in ten seconds"
                    )


@contextmanager
def database_of(folder: Folder, *, deployed: bool = False) -> Iterator[str]:
    """The URL of its mongod: the running system's, else one that is started for this, with the folder locked.

    For a deployed system the one that the settings name.
    """
    if deployed:
        yield deployed_database()
        return
    require_system(folder)
    try:
        lock = Lock(folder).__enter__()
    except FolderBusyError:
        addresses = folder.addresses
        if addresses is None:
            raise NotRunningError(f"{folder.path} 正在启动，请稍后再试 / is only just starting") from None
        yield addresses.mongo
        return
    try:
        with Mongod(folder.mongo) as mongod:
            yield mongod.url
    finally:
        lock.__exit__(None, None, None)
