"""Files in GridFS."""

from io import BytesIO

from gridfs.errors import FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket

from runtime.errors import Conflict
from runtime.mongo.errors import mongo_errors
from runtime.mongo.types import Database


class FileBucket:
    """Files in GridFS under ids of the caller's; a file is whole or not there."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def _bucket(self) -> AsyncIOMotorGridFSBucket:
        # Made when it is used: it takes the running loop for its own.
        return AsyncIOMotorGridFSBucket(self._db)

    async def put(self, file: str, data: bytes, media_type: str) -> None:
        """Store a file; raises `Conflict` when the id is taken, `Retryable`."""
        try:
            with mongo_errors():
                await self._bucket().upload_from_stream_with_id(file, file, data, metadata={"media_type": media_type})
        except FileExists as error:
            raise Conflict(f"file {file} is there already") from error

    async def get(self, file: str) -> bytes | None:
        """The file's bytes, none when there is no such file; raises `Retryable`."""
        found = BytesIO()
        try:
            with mongo_errors():
                await self._bucket().download_to_stream(file, found)
        except NoFile:
            return None
        return found.getvalue()
