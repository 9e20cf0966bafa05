"""A backup's file: a ZIP whose signed manifest, its last member, names every other with its size and SHA-256.

Nothing is ever unpacked by the names in it: each must be one of those that `Manifest` may name, and is then read as a
stream into its fixed place.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dudao.folder import SERVICES
from dudao.verify.heads import Heads

FORMAT: Final = "dudao-backup-1"
MANIFEST: Final = "manifest.json"
HEADS_KEY: Final = "secrets/heads-key.pem"
FOLDER_FILES: Final = ("system.json", "acknowledged.jsonl", "signed-heads.jsonl", "reconciliations.jsonl")
_COLLECTION: Final = r"[A-Za-z_][A-Za-z0-9_-]{0,60}(?:\.[A-Za-z0-9_-]{1,60}){0,3}"
_NAME: Final = re.compile(
    rf"data/[a-z][a-z0-9_]{{0,30}}_(?:{'|'.join(SERVICES)})/{_COLLECTION}\.(?:bson|metadata\.json)"
    rf"|folder/(?:{'|'.join(re.escape(name) for name in FOLDER_FILES)})|{re.escape(HEADS_KEY)}"
)
_MANIFEST_BYTES: Final = 16 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class ArchiveError(Exception):
    """The file is no backup, or not as it was made."""

    def __init__(self, file: Path, zh: str, en: str) -> None:
        super().__init__(f"{file.name}：{zh} / {en}")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the archive: bytes, and SHA-256 in hexadecimal, of its content."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds; `at` (RFC 3339) is when it was begun, `heads` are the ledgers' ends at its one instant."""

    format: str
    dudao: str
    mongod: str
    at: str
    prefix: str
    heads: list[Heads]
    members: list[Member]


class SignedManifest(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest with the Ed25519 signature (hexadecimal) of the system's heads key over its canonical JSON."""

    manifest: Manifest
    key: str
    signature: str

    @classmethod
    def of(cls, manifest: Manifest, key: Ed25519PrivateKey) -> "SignedManifest":
        """Sign it."""
        signature = key.sign(_ENCODER.encode(manifest)).hex()
        return cls(manifest=manifest, key=key.public_key().public_bytes_raw().hex(), signature=signature)

    def genuine(self) -> bool:
        """Whether the key it names made the signature."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), _ENCODER.encode(self.manifest))
        except (InvalidSignature, ValueError):
            return False
        return True


class Writing:
    """An archive being made; every member is hashed as it is written."""

    def __init__(self, archive: zipfile.ZipFile, made: datetime) -> None:
        self._archive = archive
        self._stamp = (made.year, made.month, made.day, made.hour, made.minute, made.second)
        self.members: list[Member] = []

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Write one member piece by piece; raises `ValueError` for a name that no archive may hold."""
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"{name} has no place in a backup")
        digest, size = hashlib.sha256(), 0
        with self._archive.open(self._info(name), "w", force_zip64=True) as file:

            def write(piece: bytes) -> None:
                nonlocal size
                file.write(piece)
                digest.update(piece)
                size += len(piece)

            yield write
        self.members.append(Member(name=name, size=size, sha256=digest.hexdigest()))

    def seal(self, manifest: Manifest, key: Ed25519PrivateKey) -> SignedManifest:
        """The last member: the signed manifest."""
        signed = SignedManifest.of(manifest, key)
        self._archive.writestr(self._info(MANIFEST), msgspec.json.format(_ENCODER.encode(signed)))
        return signed

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._stamp)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return info


class Archive:
    """An archive to be read; use `checked`, which finds it whole before anything is done with it."""

    def __init__(self, file: Path, archive: zipfile.ZipFile, signed: SignedManifest) -> None:
        self.file = file
        self.key = signed.key
        self.manifest = signed.manifest
        self._archive = archive
        self._sizes = {member.name: member.size for member in signed.manifest.members}

    def __contains__(self, name: str) -> bool:
        return name in self._sizes

    def read(self, name: str) -> bytes:
        """A small member whole."""
        with self.open(name) as file:
            return file.read()

    def open(self, name: str) -> IO[bytes]:
        """A member as a stream."""
        return self._archive.open(name)


@contextmanager
def checked(file: Path) -> Iterator[Archive]:
    """The archive, once its signature holds and every member is to the byte what the manifest says.

    Raises `ArchiveError`, and `FileNotFoundError`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            signed = _manifest(file, archive)
            _require_members(file, archive, signed.manifest)
            yield Archive(file, archive, signed)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveError(file, "不是完整的备份文件", f"no whole backup: {error}") from error


def _manifest(file: Path, archive: zipfile.ZipFile) -> SignedManifest:
    try:
        info = archive.getinfo(MANIFEST)
        if info.file_size > _MANIFEST_BYTES:
            raise ArchiveError(file, "清单过大", "its manifest is too large")
        signed = msgspec.json.decode(archive.read(info), type=SignedManifest)
    except (KeyError, msgspec.DecodeError) as error:
        raise ArchiveError(file, "没有可读的清单", "it has no manifest that can be read") from error
    if signed.manifest.format != FORMAT:
        raise ArchiveError(file, "格式版本不识别", f"of another format: {signed.manifest.format[:40]}")
    if not signed.genuine():
        raise ArchiveError(file, "清单签名不符", "its manifest is not what was signed")
    return signed


def _require_members(file: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    held = sorted(info.filename for info in archive.infolist())
    named = [member.name for member in manifest.members]
    if held != sorted([*named, MANIFEST]) or len(set(named)) != len(named):
        raise ArchiveError(file, "文件与清单不符", "it holds other files than its manifest names")
    for member in manifest.members:
        if _NAME.fullmatch(member.name) is None:
            raise ArchiveError(file, "含有不应有的文件", f"nothing of this name belongs into it: {member.name[:80]}")
        if _measured(archive, member) != (member.size, member.sha256):
            raise ArchiveError(file, "内容已损坏", f"{member.name} is damaged")


def _measured(archive: zipfile.ZipFile, member: Member) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with archive.open(member.name) as content:
        # No further than it says: what unpacks to more is not read to its end.
        while size <= member.size and (piece := content.read(_CHUNK)):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()
