"""What mongodump and mongorestore do, in the same language: collections to files of BSON, and such files to a server.

No instant, no hash, no compression, no signature, and nothing is proved.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bson import decode_file_iter
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

_RAW: Final = CodecOptions(document_class=RawBSONDocument)
_AT_ONCE: Final = 1000


def plain_dump(url: str, database: str, into: Path) -> int:
    """Every collection into a file of its own; returns how many documents."""
    into.mkdir()
    count = 0
    with MongoClient[RawBSONDocument](url, document_class=RawBSONDocument) as client:
        for name in client[database].list_collection_names():
            with (into / f"{name}.bson").open("wb") as file:
                for document in client[database][name].find({}, batch_size=_AT_ONCE):
                    file.write(document.raw)
                    count += 1
    return count


def plain_load(url: str, database: str, dumped: Path, indexes: dict[str, list[dict[str, Any]]]) -> int:
    """Such files into an empty database, with these indexes by collection; returns how many documents."""
    count = 0
    with MongoClient[RawBSONDocument](url, document_class=RawBSONDocument, w="majority", journal=True) as client:
        for path in sorted(dumped.glob("*.bson")):
            name = path.stem
            client[database].create_collection(name)
            for batch in _batches(path):
                client[database][name].insert_many(batch, ordered=False)
                count += len(batch)
            if indexes.get(name):
                client[database].command({"createIndexes": name, "indexes": indexes[name]})
    return count


def _batches(path: Path) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    with path.open("rb") as file:
        for document in decode_file_iter(file, _RAW):
            batch.append(document)
            if len(batch) == _AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch
