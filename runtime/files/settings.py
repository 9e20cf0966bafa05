"""Which store it is, by the settings `DUDAO_FILES_S3_…`; without an address GridFS."""

from typing import Self

from pydantic import SecretStr, model_validator

from runtime.files.bucket import Bucket
from runtime.files.s3 import S3Bucket
from runtime.mongo import Database, FileBucket
from runtime.settings import CommonSettings


class FileSettings(CommonSettings):
    """An S3-compatible store is named by its address (`files_s3_endpoint`), a bucket and a pair of keys.

    With `files_s3_virtual_hosts` the address has the bucket's name in it, as some providers want it.
    """

    files_s3_endpoint: str = ""
    files_s3_bucket: str = ""
    files_s3_region: str = "us-east-1"
    files_s3_access_key: SecretStr = SecretStr("")
    files_s3_secret_key: SecretStr = SecretStr("")
    files_s3_virtual_hosts: bool = False

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        given = [self.files_s3_endpoint, self.files_s3_bucket]
        given += [self.files_s3_access_key.get_secret_value(), self.files_s3_secret_key.get_secret_value()]
        if any(given) and not all(given):
            raise ValueError(
                "DUDAO_FILES_S3_ENDPOINT、_BUCKET、_ACCESS_KEY、_SECRET_KEY 须同时给出 / give all four or none"
            )
        return self

    @property
    def in_gridfs(self) -> bool:
        """Whether files lie beside the other data."""
        return not self.files_s3_endpoint


def bucket_of(settings: FileSettings, db: Database) -> Bucket:
    """The store that the settings name; of GridFS the one in this database."""
    if settings.in_gridfs:
        return FileBucket(db)
    return S3Bucket.of(
        settings.files_s3_endpoint,
        settings.files_s3_bucket,
        region=settings.files_s3_region,
        access_key=settings.files_s3_access_key.get_secret_value(),
        secret_key=settings.files_s3_secret_key.get_secret_value(),
        virtual_hosts=settings.files_s3_virtual_hosts,
    )
