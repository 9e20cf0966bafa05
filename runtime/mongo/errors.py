"""The driver's errors, as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
    WTimeoutError,
)

from runtime.errors import Conflict, Retryable

_DUPLICATE_KEY: Final = 11000
_MAX_TIME_EXPIRED: Final = 50
# InterruptedAtShutdown, Interrupted…, PrimarySteppedDown, NotWritablePrimary, SnapshotUnavailable, SnapshotTooOld, …
_PASSING: Final = frozenset({43, 91, 189, 10107, 11600, 11602, 13435, 13436, 134, 246, 239, 237, 50, 64})
_PASSING_LABELS: Final = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")


@contextmanager
def mongo_errors() -> Iterator[None]:
    """Turn the driver's errors into `Conflict` and `Retryable`; never inside a transaction's function."""
    try:
        yield
    except PyMongoError as error:
        kind = _kind(error)
        if kind is None:
            raise
        raise kind(str(error)) from error


def _kind(error: PyMongoError) -> type[Conflict] | type[Retryable] | None:
    if _duplicate(error):
        return Conflict
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError | WriteConcernError):
        return Retryable
    if isinstance(error, OperationFailure) and error.code in _PASSING:
        return Retryable
    if any(error.has_error_label(label) for label in _PASSING_LABELS):
        return Retryable
    return None


def _duplicate(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        failures = error.details.get("writeErrors", [])
        return bool(failures) and all(failure["code"] == _DUPLICATE_KEY for failure in failures)
    return isinstance(error, DuplicateKeyError)


def timed_out(error: BaseException) -> bool:
    """Whether the server gave up because the time we had given it was over."""
    return isinstance(error, OperationFailure) and error.code == _MAX_TIME_EXPIRED
