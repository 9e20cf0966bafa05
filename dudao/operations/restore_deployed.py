"""`dudao restore --deployed`: into the servers that the settings name, whose services are stopped meanwhile.

The databases are first made beside those that are there, under names of their own, and proved. Only then what is there
is written to a backup of its own, and replaced.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dudao.folder import SERVICES, Folder, Lock, write_private
from dudao.operations.archive import FOLDER_FILES, HEADS_KEY, Archive, checked
from dudao.operations.backup import backup
from dudao.operations.dumps import Client, connected, databases_of, load
from dudao.operations.proof import prove
from dudao.operations.restore import Restored, Wish, put_files, require_ours
from dudao.operations.servers import deployed_database, operators_folder, require_stopped
from runtime.clock import SHANGHAI, SystemClock

_BESIDE: Final = "restoring"


class NotEmptyError(Exception):
    """The servers hold a system, and nothing was said of replacing it."""


def restore_deployed(wish: Wish, say: Callable[[str], None]) -> Restored:
    """Restore; until all of it is proved, nothing that was there is touched.

    `wish.data` is the operator's folder. Raises `ArchiveError`, `ProofError`, `NotEmptyError`,
    `StillRunningError`, `DumpError`, `NotAnOperatorsFolderError`, `FolderBusyError`.
    """
    say("核对备份文件 / checking the backup")
    with checked(wish.file) as archive, _folder_of(wish) as folder, connected(deployed_database()) as client:
        require_ours(wish, archive, folder)
        there = _filled(client, archive.manifest.prefix)
        if there and not (wish.replace or wish.only):
            raise NotEmptyError(f"数据库不是空的，请用 --replace / not empty, use --replace: {', '.join(there)}")
        require_stopped(deployed_database(), archive.manifest.prefix)
        return _restored(wish, archive, folder, client, say, there)


@contextmanager
def _folder_of(wish: Wish) -> Iterator[Folder]:
    folder = operators_folder(wish.data, key=False)
    with Lock(folder):
        yield folder


def _filled(client: Client, prefix: str) -> list[str]:
    return sorted({f"{prefix}_{service}" for service in SERVICES} & set(client.list_database_names()))


def _restored(
    wish: Wish, archive: Archive, folder: Folder, client: Client, say: Callable[[str], None], there: Sequence[str]
) -> Restored:
    prefix = archive.manifest.prefix
    wanted = [wish.only] if wish.only else list(SERVICES)
    parts = {name: lists for name, lists in databases_of(archive).items() if name.removeprefix(f"{prefix}_") in wanted}
    restored = Restored(archive.manifest.at)
    try:
        for database, collections in parts.items():
            say(f"恢复 {database}，先放在一旁 / restoring, beside it first")
            restored.documents += load(client, archive, database, collections, _beside(database, prefix))
        say("重算账本 / recomputing the ledgers")
        with tempfile.TemporaryDirectory() as scratch:
            kept = Folder(Path(scratch))
            put_files(archive, kept)
            asyncio.run(prove(deployed_database(), archive, kept, wanted, f"{prefix}_{_BESIDE}"))
        _adopt(archive, folder)
        if there:
            restored.aside = _set_aside(folder, say)
        # What the backup does not have was not there then.
        for database in () if wish.only else set(there) - parts.keys():
            client.drop_database(database)
        for database, collections in parts.items():
            say(f"替换 {database} / taking its place")
            load(client, archive, database, collections)
        if not wish.only:
            _put_folder(archive, folder)
    finally:
        for database in parts:
            client.drop_database(_beside(database, prefix))
    return restored


def _beside(database: str, prefix: str) -> str:
    return f"{prefix}_{_BESIDE}_{database.removeprefix(f'{prefix}_')}"


def _adopt(archive: Archive, folder: Folder) -> None:
    """A new operator's folder goes on with the key of the system that is restored."""
    if not folder.heads_key.exists():
        folder.heads_key.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(folder.heads_key, archive.read(HEADS_KEY))


def _set_aside(folder: Folder, say: Callable[[str], None]) -> Path:
    say("现有数据存为备份 / what is there becomes a backup")
    stamp = SystemClock().now().astimezone(SHANGHAI).strftime("%Y%m%d-%H%M%S-%f")
    file = folder.path / f"before-{stamp}.zip"
    backup(folder.path, file, say, deployed=True)
    return file


def _put_folder(archive: Archive, folder: Folder) -> None:
    """The operator's notes as they were then; those of now are in the backup that was set aside, or never were."""
    for name in FOLDER_FILES:
        (folder.path / name).unlink(missing_ok=True)
    put_files(archive, folder)
    # That folder's own system is not here: an embedded system that became a deployed one.
    (folder.path / "system.json").unlink(missing_ok=True)
