"""`dudao restore`: a system, or one service's database, as a backup has it; proved before anything is replaced."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dudao.client.record import Acknowledged, read_record
from dudao.embedded import Mongod
from dudao.folder import OWN, SERVICES, Folder, FolderNotEmptyError, Lock, write_private
from dudao.operations.archive import FOLDER_FILES, HEADS_KEY, Archive, ArchiveError, checked
from dudao.operations.dumps import connected, databases_of, load
from dudao.operations.proof import present_requests, prove
from dudao.operations.servers import require_system
from dudao.verify.heads import public_key
from runtime.clock import SHANGHAI, SystemClock
from runtime.settings import CommonSettings

_LOCK: Final = "dudao.lock"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to restore into which folder; `only`: one service; `key` (hexadecimal): whose signature it must bear."""

    file: Path
    data: Path
    replace: bool = False
    only: str | None = None
    key: str | None = None


@dataclass(slots=True)
class Restored:
    """What came of it: `aside` is where the former folder went; `lost` what had been acknowledged since the backup."""

    at: str
    documents: int = 0
    aside: Path | None = None
    lost: list[Acknowledged] = field(default_factory=list)


def restore(wish: Wish, say: Callable[[str], None]) -> Restored:
    """Restore; until all of it is proved, nothing that was there is touched.

    Raises `ArchiveError`, `ProofError`, `FolderNotEmptyError`, `FolderBusyError`, `NotRunningError`, `EmbeddedError`.
    """
    target = wish.data.absolute()
    there = target.is_dir() and any(target.iterdir())
    if there and not (wish.replace or wish.only):
        raise FolderNotEmptyError(Folder(target))
    if wish.only:
        require_system(Folder(target))
    say("核对备份文件 / checking the backup")
    with checked(wish.file) as archive, _held(target, there=there):
        require_ours(wish, archive, Folder(target) if there else None)
        making = target.with_name(f"{target.name}.restoring")
        shutil.rmtree(making, ignore_errors=True)
        try:
            restored = _made(wish, archive, Folder(target), making, say)
            restored.aside = _put_in_place(making, target, there=there)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return restored


@contextmanager
def _held(target: Path, *, there: bool) -> Iterator[None]:
    """Nobody else works in a folder that is about to be replaced."""
    with Lock(Folder(target)) if there else nullcontext():
        yield


def require_ours(wish: Wish, archive: Archive, folder: Folder | None) -> None:
    """Signed by the key that is wanted, and of databases of the names that this system's services will look for."""
    if archive.manifest.prefix != CommonSettings().database_prefix:
        raise ArchiveError(wish.file, "数据库名前缀不同", f"its databases begin with {archive.manifest.prefix}_")
    own = None
    if folder is not None and folder.heads_key.exists():
        own = public_key(folder.heads_key)
    wanted = wish.key or own
    if wanted is not None and archive.key != wanted:
        raise ArchiveError(wish.file, "不是用本系统的密钥签名的", f"signed by another system's key: {archive.key}")


def _made(wish: Wish, archive: Archive, former: Folder, making: Path, say: Callable[[str], None]) -> Restored:
    """The folder as it will be, beside the one that is there."""
    if wish.only:
        say("复制现有数据 / copying what is there")
        shutil.copytree(former.path, making, ignore=shutil.ignore_patterns(_LOCK, "*.sock"))
    folder = Folder(making)
    services = (wish.only,) if wish.only else SERVICES
    wanted = {f"{archive.manifest.prefix}_{service}": service for service in services}
    restored = Restored(archive.manifest.at)
    before = read_record(former.path) if former.path.is_dir() else []
    if not wish.only:
        put_files(archive, folder)
        # A deployed system's backup says nothing of a folder: it is nobody's demonstration.
        folder.system = folder.system or OWN
    with Mongod(folder.mongo) as mongod:
        with connected(mongod.url) as client:
            for database, collections in databases_of(archive).items():
                if database in wanted:
                    say(f"恢复 {database} / restoring")
                    restored.documents += load(client, archive, database, collections)
        say("重算账本 / recomputing the ledgers")
        asyncio.run(prove(mongod.url, archive, folder, [*wanted.values()]))
        present = asyncio.run(present_requests(mongod.url, archive.manifest.prefix, before))
    restored.lost = [
        one for one in before if one.service in ("inspection", "notification") and one.request not in present
    ]
    return restored


def put_files(archive: Archive, folder: Folder) -> None:
    """Secrets are made anew when the system starts, but for the one whose signatures must stay valid."""
    for name in FOLDER_FILES:
        if f"folder/{name}" in archive:
            write_private(folder.path / name, archive.read(f"folder/{name}"))
    folder.heads_key.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(folder.heads_key, archive.read(HEADS_KEY))
    if public_key(folder.heads_key) != archive.key:
        raise ArchiveError(archive.file, "密钥与清单签名不符", "its key is not the one that signed its manifest")


def _put_in_place(making: Path, target: Path, *, there: bool) -> Path | None:
    aside = None
    if there:
        stamp = SystemClock().now().astimezone(SHANGHAI).strftime("%Y%m%d-%H%M%S")
        aside = target.with_name(f"{target.name}.before-{stamp}")
        target.rename(aside)
    elif target.is_dir():
        target.rmdir()
    making.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return aside
