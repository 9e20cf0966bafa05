"""Files in GridFS."""

from collections.abc import AsyncIterator
from typing import BinaryIO

from gridfs.errors import CorruptGridFile, FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket, AsyncIOMotorGridOut

from runtime.errors import BrokenFileError, Conflict
from runtime.mongo.errors import mongo_errors
from runtime.mongo.types import Database


class FileBucket:
    """Files in GridFS under ids of the caller's; a file is whole or not there."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def prepare(self) -> None:
        """Nothing: the database is asked anyway."""

    def _bucket(self) -> AsyncIOMotorGridFSBucket:
        # Made when it is used: it takes the running loop for its own.
        return AsyncIOMotorGridFSBucket(self._db)

    async def put(self, file: str, data: BinaryIO | bytes, media_type: str) -> None:
        """Store a file, chunk by chunk; raises `Conflict` when the id is taken, `Retryable`."""
        try:
            with mongo_errors():
                await self._bucket().upload_from_stream_with_id(file, file, data, metadata={"media_type": media_type})
        except FileExists as error:
            raise Conflict(f"file {file} is there already") from error

    async def open(self, file: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """The file's size and its bytes chunk by chunk, none when there is no such file; raises `Retryable`.

        The chunks raise `BrokenFileError`.
        """
        try:
            with mongo_errors():
                out = await self._bucket().open_download_stream(file)
        except NoFile:
            return None
        return int(out.length), _chunks(out)


async def _chunks(out: AsyncIOMotorGridOut) -> AsyncIterator[bytes]:
    try:
        with mongo_errors():
            while chunk := await out.readchunk():
                yield chunk
    except CorruptGridFile as error:
        raise BrokenFileError("a file in the store is not whole") from error
