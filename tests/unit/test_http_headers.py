"""The hash of a command's body, and what goes back in headers."""

import json

import httpx
import pytest
from fastapi import APIRouter, Form, UploadFile

from runtime.http.app import create_app
from runtime.http.headers import BodyHash, OptionalIfMatch, etag, json_response, parse_etag, respond
from runtime.http.operation import operation
from runtime.ledger.model import Answer


def client() -> httpx.AsyncClient:
    router = APIRouter()

    @router.post("/v1/json/{id}", **operation("json", summary="x / x", scope="public"))
    async def take_json(body: dict[str, object], body_hash: BodyHash) -> str:
        return body_hash

    @router.put("/v1/json/{id}", **operation("put", summary="x / x", scope="public"))
    async def put_json(body: dict[str, object], body_hash: BodyHash) -> str:
        return body_hash

    @router.post("/v1/files", **operation("files", summary="x / x", scope="public"))
    async def take_file(body_hash: BodyHash, file: UploadFile, school: str = Form()) -> list[str]:
        return [body_hash, (await file.read()).decode()]

    @router.post("/v1/empty", **operation("empty", summary="x / x", scope="public"))
    async def take_nothing(body_hash: BodyHash, seen: OptionalIfMatch) -> list[object]:
        return [body_hash, seen]

    app = create_app(title="t", version="1", routers=[router])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api")


async def hash_of(method: str, path: str, body: str) -> str:
    async with client() as api:
        answer = await api.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    found: str = answer.json()
    return found


async def test_white_space_and_the_order_of_members_do_not_count() -> None:
    first = await hash_of("POST", "/v1/json/1", '{"a": 1, "b": {"c": "书", "d": [1, 2]}}')
    same = await hash_of("POST", "/v1/json/1", '{"b":{"d":[1,2],"c":"\\u4e66"},"a":1}')
    assert first == same
    assert len(first) == 64


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/json/1", {"a": 2}),
        ("POST", "/v1/json/1", {"a": "1"}),
        ("POST", "/v1/json/1", {"a": [1]}),
        ("POST", "/v1/json/2", {"a": 1}),
        ("POST", "/v1/json/1?b=1", {"a": 1}),
        ("PUT", "/v1/json/1", {"a": 1}),
    ],
)
async def test_everything_else_counts(method: str, path: str, body: dict[str, object]) -> None:
    assert await hash_of(method, path, json.dumps(body)) != await hash_of("POST", "/v1/json/1", '{"a": 1}')


async def test_a_form_is_hashed_by_its_fields_and_not_by_its_boundary() -> None:
    async def upload(content: bytes, school: str, name: str, boundary: str) -> str:
        async with client() as api:
            kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
            files = {"file": (name, content, "text/plain")}
            answer = await api.post("/v1/files", files=files, data={"school": school}, headers=kind)
        found, read = answer.json()
        assert read.encode() == content
        return str(found)

    first = await upload(b"x" * 200_000, "S001", "a.txt", "one")
    assert first == await upload(b"x" * 200_000, "S001", "a.txt", "two")
    others = [(b"y" * 200_000, "S001", "a.txt"), (b"x" * 200_000, "S002", "a.txt"), (b"x" * 200_000, "S001", "b.txt")]
    assert first not in [await upload(*other, "one") for other in others]


async def test_a_command_without_a_body_has_a_hash_too_and_a_version_may_be_given() -> None:
    async with client() as api:
        (first, seen), (second, none) = [
            (await api.post("/v1/empty", headers=headers)).json() for headers in ({"If-Match": '"0"'}, {})
        ]
    assert first == second
    assert (seen, none) == (0, None)


def test_an_etag_is_read_back_as_its_version() -> None:
    assert [parse_etag(etag(version)) for version in (0, 1, 10**14)] == [0, 1, 10**14]


def test_an_answer_is_sent_as_it_was_stored() -> None:
    response = respond(Answer(201, b'{"id":"I-1"}', etag='"1"', location="/v1/issues/I-1"))
    assert (response.status_code, response.body) == (201, b'{"id":"I-1"}')
    assert response.headers["etag"] == '"1"'
    assert response.headers["location"] == "/v1/issues/I-1"
    assert response.headers["content-type"] == "application/json"
    assert "content-type" not in respond(Answer(204, b"")).headers


def test_json_is_canonical_and_carries_its_version() -> None:
    response = json_response({"b": 1, "a": "书"}, version=4)
    assert response.body == '{"a":"书","b":1}'.encode()
    assert response.headers["etag"] == '"4"'
