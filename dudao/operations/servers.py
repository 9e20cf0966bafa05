"""The database of a data folder, whether its system runs or not."""

from collections.abc import Iterator
from contextlib import contextmanager

from dudao.embedded import Mongod
from dudao.folder import Folder, FolderBusyError, Lock
from dudao.verify.command import NotRunningError


def require_system(folder: Folder) -> None:
    """Raises `NotRunningError` for a folder that never held one."""
    if folder.system is None or not folder.mongo.is_dir():
        raise NotRunningError(f"{folder.path} 没有系统 / holds no system")


@contextmanager
def database_of(folder: Folder) -> Iterator[str]:
    """The URL of its mongod: the running system's, else one that is started for this, with the folder locked."""
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
