"""Databases as files and back: BSON, collection by collection, all as of one instant, in mongodump's own layout."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, Final

from bson import json_util
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from dudao.folder import SERVICES
from dudao.operations.archive import Archive, Writing
from dudao.verify.heads import Heads

Client = MongoClient[RawBSONDocument]

_BATCH: Final = 1000
_BATCH_BYTES: Final = 8 * 1024 * 1024
_LARGEST: Final = 16 * 1024 * 1024 + 16 * 1024
_SMALLEST: Final = 5
# How long one instant can be read, against five minutes by default.
_SNAPSHOT_KEPT_S: Final = 3600
_SNAPSHOT_GONE: Final = frozenset({239, 246})
# Unauthorized, or a service that does not offer the command at all.
_NOT_ALLOWED: Final = frozenset({13, 59, 8000})


class DumpError(Exception):
    """The databases cannot be read or written as one."""


@contextmanager
def connected(url: str) -> Iterator[Client]:
    """A client that leaves documents as the bytes that they are; what the server refuses inside is a `DumpError`."""
    try:
        with MongoClient[RawBSONDocument](
            url, document_class=RawBSONDocument, w="majority", journal=True, serverSelectionTimeoutMS=10_000
        ) as client:
            yield client
    except PyMongoError as error:
        raise DumpError(f"数据库不可用或拒绝 / the database cannot be reached, or refuses: {error}") from error


def version_of(client: Client) -> str:
    """The server's version."""
    return str(client.server_info()["version"])


@contextmanager
def one_instant(client: Client) -> Iterator[ClientSession]:
    """A session whose reads all see one majority-committed instant, which the server keeps for an hour.

    Raises `DumpError` when that was not enough, or the server cannot be reached.
    """
    try:
        with _kept_for_long(client), client.start_session(snapshot=True) as session:
            yield session
    except OperationFailure as error:
        if error.code in _SNAPSHOT_GONE:
            raise DumpError("备份用时过长，请在空闲时再试 / it took longer than one instant can be read") from error
        raise DumpError(f"数据库拒绝 / the database refuses: {error}") from error
    except PyMongoError as error:
        raise DumpError(f"数据库不可用 / the database cannot be reached: {error}") from error


@contextmanager
def _kept_for_long(client: Client) -> Iterator[None]:
    parameter = "minSnapshotHistoryWindowInSeconds"
    try:
        before = client.admin.command({"getParameter": 1, parameter: 1})[parameter]
        client.admin.command({"setParameter": 1, parameter: max(before, _SNAPSHOT_KEPT_S)})
    except OperationFailure as error:
        if error.code not in _NOT_ALLOWED:
            raise
        # Somebody else's server: what can be read within its own window is read, and it says when that was not enough.
        yield
        return
    try:
        yield
    finally:
        client.admin.command({"setParameter": 1, parameter: before})


def heads_at(client: Client, session: ClientSession, prefix: str, owners: Iterable[tuple[str, str]]) -> list[Heads]:
    """The heads of these (ledger, owner), as their relays left them."""
    found = []
    for ledger, owner in owners:
        db = client[f"{prefix}_{owner}"]
        lease = db["lease"].find_one({"_id": "relay"}, session=session)
        rows = db["heads"].find({"ledger": ledger}, session=session)
        if lease is not None:
            streams = {str(row["stream"]): (int(row["last"]), bytes(row["hash"]).hex()) for row in rows}
            through = int(lease["sealed_through"])
            found.append(Heads(ledger=ledger, ledger_id=lease["ledger_id"], sealed_through=through, streams=streams))
    return found


def dump(client: Client, session: ClientSession, prefix: str, into: Writing, say: Callable[[str], None]) -> None:
    """Every collection of every service's database, as of the session's instant."""
    for service in SERVICES:
        db = client[f"{prefix}_{service}"]
        for described in sorted(db.list_collections(), key=lambda one: str(one["name"])):
            name = str(described["name"])
            if described["type"] == "collection" and not name.startswith("system."):
                say(f"{db.name}.{name}")
                with into.member(f"data/{db.name}/{name}.metadata.json") as write:
                    write(_metadata(db[name].list_indexes(), described))
                with into.member(f"data/{db.name}/{name}.bson") as write:
                    for document in db[name].find({}, session=session, batch_size=_BATCH):
                        write(bytes(document.raw))


def _metadata(indexes: Iterable[Any], described: Mapping[str, Any]) -> bytes:
    told = {
        "options": described["options"],
        "indexes": [dict(index) for index in indexes],
        "collectionName": described["name"],
        "type": "collection",
    }
    return json_util.dumps(told, json_options=json_util.CANONICAL_JSON_OPTIONS).encode()


def databases_of(archive: Archive) -> dict[str, list[str]]:
    """Database → collections of an archive."""
    found: dict[str, list[str]] = {}
    for member in archive.manifest.members:
        part, _, rest = member.name.partition("/")
        if part == "data" and rest.endswith(".bson"):
            database, _, collection = rest.removesuffix(".bson").partition("/")
            found.setdefault(database, []).append(collection)
    return found


def load(client: Client, archive: Archive, database: str, collections: Sequence[str], into: str | None = None) -> int:
    """Put an archive's database in place of the one there is; returns how many documents. Raises `DumpError`.

    `into` is another name for it at the server.
    """
    try:
        client.drop_database(into or database)
        target = client[into or database]
        return sum(_load(target, archive, f"data/{database}/{name}", name) for name in collections)
    except (KeyError, ValueError, TypeError, BSONError, PyMongoError) as error:
        raise DumpError(f"{database} 无法恢复 / cannot be restored: {error!r}") from error


def _load(target: Database[RawBSONDocument], archive: Archive, member: str, name: str) -> int:
    metadata = json_util.loads(archive.read(f"{member}.metadata.json"))
    target.command({"create": name, **metadata["options"]})
    count = 0
    with archive.open(f"{member}.bson") as file:
        for batch in _batches(_documents(file)):
            # The driver names no ids of documents that it does not look into.
            target[name].insert_many(batch, ordered=False)
            count += len(batch)
    indexes = [_index(index) for index in metadata["indexes"] if index["name"] != "_id_"]
    if indexes:
        target.command({"createIndexes": name, "indexes": indexes})
    return count


def _index(described: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if name not in ("v", "ns")}


def _documents(file: IO[bytes]) -> Iterator[RawBSONDocument]:
    while head := file.read(4):
        size = int.from_bytes(head, "little")
        if len(head) < 4 or not _SMALLEST <= size <= _LARGEST:  # noqa: PLR2004 -- BSON's own frame
            raise DumpError("备份里的数据无法读取 / the archive's data cannot be read")
        yield RawBSONDocument(head + file.read(size - 4))


def _batches(documents: Iterable[RawBSONDocument]) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    size = 0
    for document in documents:
        if batch and (len(batch) == _BATCH or size + len(document.raw) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document.raw)
    if batch:
        yield batch
