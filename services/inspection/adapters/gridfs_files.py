"""Bytes of evidence in GridFS, under the evidence's own id."""

from runtime.errors import Conflict, NotFound
from runtime.mongo import Database, FileBucket


class GridFsFiles:
    """Written before the commit that names them: an upload whose commit failed leaves bytes, never a name alone."""

    def __init__(self, db: Database) -> None:
        self._bucket = FileBucket(db)

    async def keep(self, file: str, data: bytes, media_type: str) -> None:
        """Store, once; the same id again changes nothing."""
        try:
            await self._bucket.put(file, data, media_type)
        except Conflict:
            # A retry of the same request: its first attempt kept them.
            return

    async def read(self, file: str) -> bytes:
        """Raises `NotFound`."""
        data = await self._bucket.get(file)
        if data is None:
            raise NotFound(file)
        return data
