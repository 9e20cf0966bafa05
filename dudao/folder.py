"""The data folder: one system's secrets, servers, logs and notes; one process at a time works in it."""

import fcntl
import hashlib
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

T = TypeVar("T")
SERVICES: Final = ("inspection", "notification", "reporting", "portal")
_PRIVATE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_SECRET_BYTES: Final = 32


class FolderBusyError(Exception):
    """Another process works in this folder."""


class System(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds: the demonstration city, or a system of somebody's own."""

    kind: str


DEMONSTRATION: Final = System(kind="demonstration")
OWN: Final = System(kind="own")


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where a running system answers: URLs by process (`portal`, `inspection-worker`), and the servers' own."""

    processes: dict[str, str]
    mongo: str
    kafka: str


class Folder:
    """A data folder with everything in its place; made on first use, for its owner's eyes only."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.path.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)

    @property
    def mongo(self) -> Path:
        """Where mongod keeps its data."""
        return self.path / "mongo"

    @property
    def logs(self) -> Path:
        """Where every process writes its log."""
        return self.path / "logs"

    @property
    def signing_key(self) -> Path:
        """The portal's private key, PEM."""
        return self.path / "secrets" / "signing-key.pem"

    @property
    def secret_hashes(self) -> Path:
        """The portal's list of services: JSON, service → SHA-256 of its secret in hexadecimal."""
        return self.path / "secrets" / "services.json"

    @property
    def heads_key(self) -> Path:
        """The private key that signs the heads of verified ledgers, PEM."""
        return self.path / "secrets" / "heads-key.pem"

    def secret_of(self, service: str) -> Path:
        """The file with a service's own secret."""
        return self.path / "secrets" / f"{service}.secret"

    def make_secrets(self) -> None:
        """Make whatever secret is not there yet; those that are stay."""
        self._make_key(self.signing_key)
        self.make_heads_key()
        for service in SERVICES:
            if not self.secret_of(service).exists():
                write_private(self.secret_of(service), secrets.token_urlsafe(_SECRET_BYTES).encode())
        hashes = {name: hashlib.sha256(self.secret_of(name).read_bytes()).hexdigest() for name in SERVICES}
        write_private(self.secret_hashes, msgspec.json.encode(hashes))

    def make_heads_key(self) -> None:
        """Make the key that signs heads and backups, where there is none: all that an operator's folder needs."""
        self._make_key(self.heads_key)

    def _make_key(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True, mode=_PRIVATE_FOLDER)
        if not path.exists():
            key = Ed25519PrivateKey.generate()
            write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def system(self) -> System | None:
        """What was set up here, none if nothing was."""
        return _read(self.path / "system.json", System)

    @system.setter
    def system(self, system: System) -> None:
        write_private(self.path / "system.json", msgspec.json.encode(system))

    @property
    def addresses(self) -> Addresses | None:
        """Where the system answers, or last did."""
        return _read(self.path / "addresses.json", Addresses)

    @addresses.setter
    def addresses(self, addresses: Addresses) -> None:
        write_private(self.path / "addresses.json", msgspec.json.encode(addresses))


class FolderNotEmptyError(Exception):
    """A command that makes a system anew was given a folder that holds one."""

    def __init__(self, folder: Folder) -> None:
        super().__init__(f"{folder.path} 已有系统 / holds a system already: choose an empty folder")


def _read(path: Path, shape: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except FileNotFoundError:
        return None


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


class Lock:
    """Holds a folder for one process. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Folder) -> None:
        self._path = folder.path / "dudao.lock"
        self._file = self._path.open("ab+")

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().decode(errors="replace").strip()
            self._file.close()
            raise FolderBusyError(
                f"{self._path.parent} 正被进程 {holder} 使用 / process {holder} works in this folder"
            ) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n".encode())
        self._file.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
