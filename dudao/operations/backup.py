"""`dudao backup`: everything of a system as of one instant, in one file, while it goes on working."""

import os
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

from dudao.folder import Folder
from dudao.operations.archive import FOLDER_FILES, FORMAT, HEADS_KEY, ArchiveError, Manifest, SignedManifest, Writing
from dudao.operations.dumps import connected, dump, heads_at, one_instant, version_of
from dudao.operations.servers import database_of, operators_folder
from dudao.verify.heads import private_key
from dudao.verify.run import LEDGERS
from runtime.clock import SHANGHAI, SystemClock, to_text
from runtime.files import FileSettings
from runtime.settings import CommonSettings

_LEVEL: Final = 3


def backup(path: Path, file: Path, say: Callable[[str], None], *, deployed: bool = False) -> SignedManifest:
    """Write the archive; returns its manifest. Nothing is left of one that could not be finished.

    `deployed`: of the servers that the settings name, `path` being the operator's folder. Raises `ArchiveError` where
    the file exists, `NotRunningError`, `NotAnOperatorsFolderError`, `DumpError`, `EmbeddedError`.
    """
    folder = operators_folder(path) if deployed else Folder(path)
    file = file.absolute()
    if file.exists():
        raise ArchiveError(file, "已存在", "exists already")
    unfinished = file.with_name(f"{file.name}.unfinished")
    with database_of(folder, deployed=deployed) as url:
        try:
            unfinished.unlink(missing_ok=True)
            signed = _write(folder, url, unfinished, say)
            unfinished.replace(file)
            _settle(file.parent)
        except OSError as error:
            raise ArchiveError(file, "无法写入", f"cannot be written: {error}") from error
        finally:
            unfinished.unlink(missing_ok=True)
    return signed


def _write(folder: Folder, url: str, file: Path, say: Callable[[str], None]) -> SignedManifest:
    now, prefix = SystemClock().now(), CommonSettings().database_prefix
    # Before the instant that the databases are read as of: what was acknowledged by then is in them.
    files = {name: whole_lines(folder.path / name) for name in FOLDER_FILES if (folder.path / name).exists()}
    with (
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
        connected(url) as client,
    ):
        with zipfile.ZipFile(raw, "w", compresslevel=_LEVEL) as archive:
            writing = Writing(archive, now.astimezone(SHANGHAI))
            if not FileSettings().in_gridfs:
                say("佐证在 S3 存储中，不在此备份内 / evidence lies in the S3 store and is not in this backup")
            with one_instant(client) as session:
                heads = heads_at(client, session, prefix, [(ledger.name, ledger.owner) for ledger in LEDGERS])
                dump(client, session, prefix, writing, say)
            for name, content in files.items():
                _put(writing, f"folder/{name}", content)
            _put(writing, HEADS_KEY, folder.heads_key.read_bytes())
            manifest = Manifest(
                format=FORMAT,
                dudao=version("dudao"),
                mongod=version_of(client),
                at=to_text(now),
                prefix=prefix,
                heads=heads,
                members=list(writing.members),
            )
            signed = writing.seal(manifest, private_key(folder.heads_key))
        raw.flush()
        os.fsync(raw.fileno())
    return signed


def whole_lines(path: Path) -> bytes:
    """A file's content; of one of lines, without a last one that is only just being written."""
    content = path.read_bytes()
    return content if path.suffix != ".jsonl" else content[: content.rfind(b"\n") + 1]


def _put(writing: Writing, name: str, content: bytes) -> None:
    with writing.member(name) as write:
        write(content)


def _settle(folder: Path) -> None:
    """Without this a power cut may take the file's name away again."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
