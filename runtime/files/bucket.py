"""What a store of files can do, whichever it is."""

from collections.abc import AsyncIterator
from typing import BinaryIO, Protocol


class Bucket(Protocol):
    """Files under ids of the caller's; a file is whole or not there, and never replaced."""

    async def prepare(self) -> None:
        """See that the store can be used; raises `Retryable`."""
        ...

    async def put(self, file: str, data: BinaryIO | bytes, media_type: str) -> None:
        """Store a file; raises `Conflict` when the id is taken, `Retryable`."""
        ...

    async def open(self, file: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """The file's size and its bytes as they come, none when there is no such file; raises `Retryable`.

        The chunks raise `BrokenFileError`, `Retryable`.
        """
        ...


async def whole(bucket: Bucket, file: str) -> bytes | None:
    """All bytes of a file, none when there is no such file; raises `BrokenFileError`, `Retryable`."""
    found = await bucket.open(file)
    return None if found is None else b"".join([chunk async for chunk in found[1]])
