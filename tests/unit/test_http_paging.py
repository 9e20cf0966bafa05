"""Cursors: opaque, good for their own query only, and refused when altered."""

import base64

import httpx
import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import Rejected
from runtime.http.app import create_app
from runtime.http.operation import operation
from runtime.http.paging import Page, PageQuery, decode_cursor, encode_cursor

ROWS = [(f"I-{number:03}", number) for number in range(120)]


def client() -> httpx.AsyncClient:
    router = APIRouter()

    @router.get("/v1/issues", **operation("issues", summary="x / x", scope="public"))
    async def issues(page: PageQuery, school: str = "") -> dict[str, object]:
        after = page.after(str, int)
        rows = [row for row in ROWS if after is None or row > after]
        items, following = page.cut(rows[: page.limit + 1], lambda row: row)
        return {"items": items, "next": following, "school": school}

    app = create_app(title="t", version="1", routers=[router])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api")


async def test_pages_bring_every_row_once_and_the_last_says_so() -> None:
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    async with client() as api:
        while True:
            query: dict[str, str | int] = {"limit": 50, "school": "S001"}
            if cursor is not None:
                query["cursor"] = cursor
            page = (await api.get("/v1/issues", params=query)).json()
            seen += [tuple(row) for row in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
    assert seen == ROWS


async def test_a_last_page_that_is_full_has_no_next() -> None:
    async with client() as api:
        assert (await api.get("/v1/issues", params={"limit": 120})).json()["next"] is None
        assert (await api.get("/v1/issues", params={"limit": 119})).json()["next"] is not None


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1.5"])
async def test_a_limit_out_of_bounds_is_refused(limit: str) -> None:
    async with client() as api:
        answer = await api.get("/v1/issues", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.limit"


async def test_a_cursor_of_another_query_is_refused() -> None:
    async with client() as api:
        cursor = (await api.get("/v1/issues", params={"school": "S001", "limit": 5})).json()["next"]
        moved = await api.get("/v1/issues", params={"school": "S002", "limit": 5, "cursor": cursor})
        kept = await api.get("/v1/issues", params={"limit": 7, "cursor": cursor, "school": "S001"})
    assert (moved.status_code, moved.json()["type"]) == (400, "/problems/cursor-invalid")
    assert kept.status_code == 200


@pytest.mark.parametrize("cursor", ["", "x", "====", "AAAA", "é", "A" * 1024, "../../etc", "eyJhIjoxfQ"])
async def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    async with client() as api:
        answer = await api.get("/v1/issues", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/cursor-invalid")


async def test_an_endless_cursor_is_refused() -> None:
    async with client() as api:
        assert (await api.get("/v1/issues", params={"cursor": "A" * 5000})).status_code == 422


@given(
    st.text(max_size=20),
    st.lists(st.one_of(st.text(max_size=20), st.integers(-(2**63), 2**63 - 1), st.none()), max_size=4),
)
def test_a_cursor_is_read_back_as_it_was_made(context: str, values: list[str | int | None]) -> None:
    types = [type(value) if value is not None else str for value in values]
    assert decode_cursor(context, encode_cursor(context, *values), *types) == tuple(values)


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_cursor_with_any_byte_altered_is_refused(position: int, flip: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(encode_cursor("q", "I-0017", 17) + "=="))
    raw[position % len(raw)] ^= flip
    with pytest.raises(Rejected, match="cursor-invalid"):
        decode_cursor("q", base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="), str, int)


@pytest.mark.parametrize("types", [(), (str,), (int, str), (str, bool), (str, int, str)])
def test_a_cursor_of_other_types_is_refused(types: tuple[type, ...]) -> None:
    with pytest.raises(Rejected, match="cursor-invalid"):
        decode_cursor("q", encode_cursor("q", "I-0017", 17), *types)


def test_the_first_page_goes_on_after_nothing() -> None:
    assert Page().after(str) is None
