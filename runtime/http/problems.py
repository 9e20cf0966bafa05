"""RFC 9457 problems: one stable code per broken rule, with the rule in Chinese and English, and nothing internal."""

import errno
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from runtime.errors import Conflict, NotFound, Rejected, Retryable

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = 2
_MAX_FIELDS: Final = 50
_MALFORMED: Final = 400
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_ENCODER: Final = msgspec.json.Encoder(order="sorted", enc_hook=str)
_RESERVED: Final = frozenset({"type", "title", "status", "detail", "instance", "zh", "en"})

_BY_STATUS: Final[dict[int, tuple[str, str, str]]] = {
    400: ("bad-request", "请求格式不正确", "The request is malformed"),
    401: ("token-missing", "请先登录", "Sign in first"),
    403: ("forbidden", "您没有执行此操作的权限", "You may not do this"),
    404: ("not-found", "没有找到所请求的内容", "There is no such thing"),
    405: ("method-not-allowed", "不支持此请求方法", "This method is not supported here"),
    409: ("conflict", "内容已被他人修改，请刷新后重试", "Somebody else changed it first; reload and try again"),
    413: ("body-too-large", "请求内容过大", "The request body is too large"),
    415: ("media-type", "不支持此内容类型", "This media type is not supported"),
    422: ("invalid", "提交的内容不符合要求", "The input is not valid"),
    431: ("headers-too-large", "请求头过大", "The request headers are too large"),
    500: ("internal", "系统内部错误，已记录", "Something went wrong; it has been recorded"),
    503: ("unavailable", "服务暂时不可用，请稍后重试", "Temporarily unavailable; try again shortly"),
}  # fmt: skip

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `zh` and `en` say which rule was broken; `type` is stable.",
    "required": ["type", "title", "status", "detail", "zh", "en", "instance"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "zh": {"type": "string"},
        "en": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "en"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "en": {"type": "string"},
                },
            },
        },
    },
}


def problem(
    status: int,
    code: str,
    zh: str,
    en: str,
    *,
    instance: str,
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response; members of `extra` that would hide a standard one are left out."""
    body: dict[str, object] = {k: v for k, v in (extra or {}).items() if k not in _RESERVED}
    body |= {
        "type": f"/problems/{code}",
        "title": f"{zh} / {en}",
        "status": status,
        "detail": en,
        "zh": zh,
        "en": en,
        "instance": instance,
    }
    return Response(_ENCODER.encode(body), status, dict(_headers_of(status)) | dict(headers or {}), MEDIA_TYPE)


def standard_problem(status: int, instance: str, headers: Mapping[str, str] | None = None) -> Response:
    """The problem for a status that says it all."""
    code, zh, en = _BY_STATUS.get(status) or _BY_STATUS[500 if status >= 500 else 400]  # noqa: PLR2004 -- HTTP
    return problem(status, code, zh, en, instance=instance, headers=headers)


def _headers_of(status: int) -> Mapping[str, str]:
    if status == 401:  # noqa: PLR2004 -- HTTP
        return {"WWW-Authenticate": 'Bearer realm="dudao"'}
    if status == 503:  # noqa: PLR2004 -- HTTP
        return {"Retry-After": str(RETRY_AFTER)}
    return {}


def rejected(error: Rejected, instance: str) -> Response:
    """The problem of a broken rule; a `retry_after` in its detail (seconds) becomes the header too."""
    seconds = error.detail.get("retry_after")
    headers = {"Retry-After": str(seconds)} if isinstance(seconds, int) else None
    return problem(error.status, error.code, error.zh, error.en, instance=instance, extra=error.detail, headers=headers)


def invalid(errors: Sequence[Mapping[str, Any]], instance: str) -> Response:
    """The problem of input that does not fit the schema: field paths and kinds, never the values sent."""
    rows = [
        {
            "field": ".".join(str(part) for part in row["loc"]),
            "code": str(row["type"]),
            "en": _ENGLISH.get(str(row["type"]), "does not fit the schema"),
        }
        for row in errors[:_MAX_FIELDS]
    ]
    code, zh, en = _BY_STATUS[422]
    return problem(422, code, zh, en, instance=instance, extra={"errors": rows})


# pydantic's own messages may quote the input: only these texts of ours are given out.
_ENGLISH: Final[dict[str, str]] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "json_invalid": "is not JSON",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "string_type": "must be text",
    "string_pattern_mismatch": "does not match the pattern",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "too_long": "has too many items",
    "too_short": "has too few items",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "literal_error": "is not one of the allowed values",
    "enum": "is not one of the allowed values",
    "date_from_datetime_parsing": "must be a day, YYYY-MM-DD",
    "date_parsing": "must be a day, YYYY-MM-DD",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
}

Gatekeeper = Callable[[Request], Awaitable[None]]


def install(app: FastAPI, gatekeeper: Gatekeeper) -> None:
    """Answer every error of the application with a problem.

    FastAPI reads the body before any dependency runs, so a malformed one would be told apart without a token: the
    gatekeeper is asked first here as well.
    """

    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return await refusal(request) or invalid(error.errors(), request.url.path)

    async def on_http(request: Request, error: HTTPException) -> Response:
        refused = await refusal(request) if error.status_code == _MALFORMED else None
        # A disk that is full while a body is taken in is our fault, though FastAPI blames the body for it.
        status = 503 if isinstance(error.__cause__, OSError) else error.status_code
        return refused or standard_problem(status, request.url.path, error.headers)

    async def refusal(request: Request) -> Response | None:
        try:
            await gatekeeper(request)
        except (Rejected, Retryable) as error:
            return answer(request, error)
        return None

    async def on_known(request: Request, error: Exception) -> Response:
        return answer(request, error)

    app.exception_handlers[OSError] = _on_full
    app.exception_handlers[RequestValidationError] = on_invalid
    app.exception_handlers[HTTPException] = on_http
    for kind in (Rejected, NotFound, Conflict, Retryable):
        app.exception_handlers[kind] = on_known


async def _on_full(request: Request, error: OSError) -> Response:
    """A disk that is full is our fault and passes; raises whatever else it is."""
    if error.errno not in _FULL:
        raise error
    return standard_problem(503, request.url.path)


def answer(request: Request, error: Exception) -> Response:
    """The problem of one of the errors of `runtime.errors`."""
    instance = request.url.path
    if isinstance(error, Rejected):
        return rejected(error, instance)
    status = {NotFound: 404, Conflict: 409, Retryable: 503}.get(type(error), 500)
    return standard_problem(status, instance)
