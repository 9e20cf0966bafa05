"""Files in an S3-compatible store. Its writes are conditional (`If-None-Match`), which the store must support."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from runtime.errors import Conflict, Retryable

if TYPE_CHECKING:
    from obstore import GetResult

_CHUNK: Final = 256 * 1024
_NOTHING: Final = "nothing-is-ever-kept-here/"


class S3Bucket:
    """One bucket, or what lies below a prefix of it."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    @classmethod
    def of(
        cls, endpoint: str, bucket: str, *, region: str, access_key: str, secret_key: str, virtual_hosts: bool = False
    ) -> "S3Bucket":
        """The bucket at this address; with `virtual_hosts` the address has the bucket's name in it already."""
        store = S3Store(
            bucket,
            endpoint=endpoint,
            region=region,
            access_key_id=access_key,
            secret_access_key=secret_key,
            virtual_hosted_style_request=virtual_hosts,
            # Whoever gives an address without TLS has a network of their own for it.
            client_options={
                "allow_http": True,
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=30),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=15)},
        )
        return cls(store)

    async def prepare(self) -> None:
        """Ask for a list of nothing: wrong keys, a wrong name and a wrong address are found at the start."""
        with _errors():
            try:
                await obstore.list_with_delimiter_async(self._store, prefix=_NOTHING)
            except FileNotFoundError as error:
                raise Retryable("the bucket does not exist") from error

    async def put(self, file: str, data: BinaryIO | bytes, media_type: str) -> None:
        """Store a file in one piece; raises `Conflict` when the id is taken, `Retryable`."""
        with _errors():
            try:
                await obstore.put_async(
                    self._store, file, data, mode="create", use_multipart=False, attributes={"Content-Type": media_type}
                )
            except AlreadyExistsError as error:
                raise Conflict(f"file {file} is there already") from error

    async def open(self, file: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """The file's size and its bytes as they come, none when there is no such file; raises `Retryable`."""
        with _errors():
            try:
                found = await obstore.get_async(self._store, file)
            except FileNotFoundError:
                return None
        return int(found.meta["size"]), _chunks(found)


async def _chunks(found: "GetResult") -> AsyncIterator[bytes]:
    with _errors():
        async for chunk in found.stream(min_chunk_size=_CHUNK):
            yield bytes(chunk)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        # What it says may hold a signed address.
        raise Retryable(f"the file store cannot be used: {type(error).__name__}") from None
