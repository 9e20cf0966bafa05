"""Cursor pagination: `{items, next}`; a cursor is opaque and good for the query that gave it only."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import Depends, Query, Request

from runtime import canonical
from runtime.errors import Rejected

T = TypeVar("T")
Key = str | int | None
MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 50
_MAX_CURSOR: Final = 1024
_CHECK: Final = 8


def _check(context: str, payload: bytes) -> bytes:
    digest = hashlib.sha256(len(context.encode()).to_bytes(8, "big") + context.encode() + payload)
    return digest.digest()[:_CHECK]


def encode_cursor(context: str, *values: Key) -> str:
    """The place after a row, by the values it is sorted by; `context` names the query."""
    payload = canonical.encode(values)
    return base64.urlsafe_b64encode(_check(context, payload) + payload).rstrip(b"=").decode()


def decode_cursor(context: str, cursor: str, *types: type) -> tuple[Any, ...]:
    """The values of a cursor, of exactly these types (or null); raises `Rejected` (400) on any other text.

    The check word finds a cursor that was damaged or moved to another query. It is no secret: a cursor only says where
    to go on, what may be seen is decided by the query.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = canonical.decode(raw[_CHECK:]) if raw[:_CHECK] == _check(context, raw[_CHECK:]) else None
    except (ValueError, msgspec.DecodeError):
        values = None
    fits = isinstance(values, list) and len(values) == len(types)
    if not fits or any(v is not None and type(v) is not t for v, t in zip(values or (), types, strict=True)):
        raise Rejected(
            "cursor-invalid", "分页游标无效，请从第一页重新开始", "Start again: cursor not valid", status=400
        )
    return tuple(values or ())


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for: at most `limit` rows after `cursor`; `context` is the query without both."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    context: str = ""

    def after(self, *types: type) -> tuple[Any, ...] | None:
        """The sort values to go on after, of these types; none for the first page; raises `Rejected` (400)."""
        return None if self.cursor is None else decode_cursor(self.context, self.cursor, *types)

    def next(self, *values: Key) -> str:
        """The cursor to go on after the row with these sort values."""
        return encode_cursor(self.context, *values)

    def cut(self, rows: Sequence[T], key: Callable[[T], tuple[Key, ...]]) -> tuple[list[T], str | None]:
        """The page's rows and the next cursor; pass `limit + 1` rows, so that the last page is known to be the last."""
        kept = list(rows[: self.limit])
        return kept, self.next(*key(kept[-1])) if len(rows) > self.limit else None


async def page_of(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="每页条数 / rows a page")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=_MAX_CURSOR, description="上一页的 next / `next` of the page before")
    ] = None,
) -> Page:
    """The page asked for."""
    rest = sorted((k, v) for k, v in request.query_params.multi_items() if k not in ("limit", "cursor"))
    return Page(limit, cursor, f"{request.url.path}?{urlencode(rest)}")


PageQuery = Annotated[Page, Depends(page_of)]
