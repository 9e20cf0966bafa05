"""Bytes of evidence in the store that the settings name, under the evidence's own id."""

from typing import BinaryIO

from runtime.errors import Conflict, NotFound
from runtime.files import Bucket
from services.inspection.application.ports import Stored


class BucketFiles:
    """Written before the commit that names them: an upload whose commit failed leaves bytes, never a name alone."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def keep(self, file: str, data: BinaryIO | bytes, media_type: str) -> None:
        """Store, once; the same id again changes nothing."""
        if not isinstance(data, bytes):
            data.seek(0)
        try:
            await self._bucket.put(file, data, media_type)
        except Conflict:
            # A retry of the same request: its first attempt kept them.
            return

    async def open(self, file: str) -> Stored:
        """Raises `NotFound`."""
        found = await self._bucket.open(file)
        if found is None:
            raise NotFound(file)
        return Stored(*found)
