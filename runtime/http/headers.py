"""Headers of commands and answers: idempotency key, entity version, trace; and the hash of a command's body."""

import hashlib
import re
from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends, Header, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from runtime import canonical
from runtime.errors import Rejected
from runtime.ledger.model import Answer
from runtime.telemetry import current_trace, new_trace

_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_ETAG: Final = re.compile(r'"(0|[1-9][0-9]{0,14})"', re.ASCII)
# Turned into `required: true` in the OpenAPI document; the check itself is ours, since 400 and 428 are wanted, not 422.
REQUIRED: Final[dict[str, Any]] = {"x-required": True}
_CHUNK: Final = 65_536


async def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="1…200 个可见 ASCII 字符；同键同内容返回首次结果 / the same key and body give the first answer",
            json_schema_extra=REQUIRED,
        ),
    ] = None,
) -> str:
    """The command's key; raises `Rejected` (400) when it is missing or malformed."""
    if key is None:
        raise Rejected(
            "idempotency-key-missing", "缺少 Idempotency-Key 请求头", "Idempotency-Key is required", status=400
        )
    if _KEY.fullmatch(key) is None:
        raise Rejected(
            "idempotency-key-invalid",
            "Idempotency-Key 应为 1 至 200 个可见 ASCII 字符",
            "Idempotency-Key must be 1 to 200 visible ASCII characters",
            status=400,
        )
    return key


def parse_etag(text: str) -> int:
    """The version in `"<version>"`; raises `Rejected` (400) on anything else, weak tags and `*` included."""
    found = _ETAG.fullmatch(text.strip())
    if found is None:
        raise Rejected("if-match-invalid", 'If-Match 应为 "版本号"', 'If-Match must be "<version>"', status=400)
    return int(found.group(1))


_IF_MATCH: Final = "所见版本 / the version seen, from ETag"


async def if_match(
    value: Annotated[str | None, Header(alias="If-Match", description=_IF_MATCH, json_schema_extra=REQUIRED)] = None,
) -> int:
    """The version the caller saw; raises `Rejected`: 428 when missing, 400 when malformed."""
    if value is None:
        raise Rejected("if-match-missing", "缺少 If-Match 请求头", "If-Match is required", status=428)
    return parse_etag(value)


async def optional_if_match(
    value: Annotated[str | None, Header(alias="If-Match", description=_IF_MATCH)] = None,
) -> int | None:
    """The version the caller saw, if it says; raises `Rejected` (400) when malformed."""
    return None if value is None else parse_etag(value)


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


async def traceparent(request: Request) -> str:
    """The `traceparent` of this request: the caller's trace, our span."""
    _ = request
    return str(current_trace.get() or new_trace())


async def body_hash(request: Request) -> str:
    """SHA-256 over method, path (with its query, if any) and canonical body, in hexadecimal.

    White space, the order of a JSON object's members and a multipart body's boundary do not count.
    """
    digest = hashlib.sha256()
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    for part in (request.method.encode(), target.encode(), await _canonical_body(request)):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


async def _canonical_body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        fields = (await request.form()).multi_items()
        return canonical.encode([[name, await _field(value)] for name, value in fields])
    body = await request.body()
    try:
        return canonical.encode(canonical.decode(body))
    except msgspec.DecodeError:
        return body


async def _field(value: UploadFile | str) -> object:
    if isinstance(value, str):
        return value
    digest = hashlib.sha256()
    await value.seek(0)
    while chunk := await value.read(_CHUNK):
        digest.update(chunk)
    await value.seek(0)
    return {"name": value.filename, "type": value.content_type, "sha256": digest.hexdigest()}


def respond(answer: Answer) -> Response:
    """The HTTP response of a command's answer; its body is JSON, sent as it was stored."""
    headers = {"ETag": answer.etag, "Location": answer.location}
    media_type = "application/json" if answer.body else None
    return Response(answer.body, answer.status, {k: v for k, v in headers.items() if v is not None}, media_type)


def json_response(value: object, status: int = 200, version: int | None = None) -> Response:
    """Canonical JSON of plain values, dataclasses or msgspec structs, with the ETag of a version."""
    headers = {} if version is None else {"ETag": etag(version)}
    return Response(canonical.encode(value), status, headers, "application/json")


IdempotencyKey = Annotated[str, Depends(idempotency_key)]
IfMatch = Annotated[int, Depends(if_match)]
OptionalIfMatch = Annotated[int | None, Depends(optional_if_match)]
BodyHash = Annotated[str, Depends(body_hash)]
TraceParent = Annotated[str, Depends(traceparent)]
