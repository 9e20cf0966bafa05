"""Files in GridFS."""

from collections.abc import AsyncIterator
from typing import BinaryIO

from gridfs.errors import CorruptGridFile, FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket, AsyncIOMotorGridOut

from runtime.errors import BrokenFileError, Conflict, Retryable
from runtime.mongo.errors import mongo_errors
from runtime.mongo.types import Database


class FileBucket:
    """Files in GridFS under names of the caller's; a file is whole or not there.

    Each attempt to store has chunks of its own, and the name is written last: what a killed attempt left behind stands
    in nobody's way and passes for nothing. Of two attempts at once the first that came to its end counts.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def prepare(self) -> None:
        """Nothing: the database is asked anyway."""

    def _bucket(self) -> AsyncIOMotorGridFSBucket:
        # Made when it is used: it takes the running loop for its own.
        return AsyncIOMotorGridFSBucket(self._db)

    async def put(self, file: str, data: BinaryIO | bytes, media_type: str) -> None:
        """Store a file, chunk by chunk; raises `Conflict` when the name is taken, `Retryable`."""
        try:
            with mongo_errors():
                if await self._bucket().find({"filename": file}).limit(1).to_list(1):
                    raise Conflict(f"file {file} is there already")
                await self._bucket().upload_from_stream(file, data, metadata={"media_type": media_type})
        except FileExists as error:
            # Nobody else has the id of this attempt: the driver sent something twice.
            raise Retryable("whether the file was stored is unknown") from error

    async def open(self, file: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """The file's size and its bytes chunk by chunk, none when there is no such file; raises `Retryable`.

        The chunks raise `BrokenFileError`.
        """
        try:
            with mongo_errors():
                out = await self._bucket().open_download_stream_by_name(file, revision=0)
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
