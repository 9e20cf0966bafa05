"""Where files are kept: GridFS beside the other data, or, where the settings say so, an S3-compatible store."""

from runtime.files.bucket import Bucket, whole
from runtime.files.s3 import S3Bucket
from runtime.files.settings import FileSettings, bucket_of

__all__ = ["Bucket", "FileSettings", "S3Bucket", "bucket_of", "whole"]
