"""What a route says about itself: name, summary in two languages, access, and the problems it may answer with."""

from typing import Any, Final

from runtime.access.declaration import Declaration, Scope
from runtime.http.problems import MEDIA_TYPE

_PROBLEM: Final = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_ALWAYS: Final = {
    400: "请求格式不正确 / malformed request",
    422: "违反规则 / a rule is broken",
    503: "暂时不可用 / temporarily unavailable",
}
_SIGNED_IN: Final = {401: "未登录 / not signed in", 403: "无权限 / not allowed"}
_FOUND: Final = {404: "不存在 / no such thing"}
_COMMAND: Final = {
    409: "冲突 / conflict",
    412: "版本已变 / the version has changed",
    413: "内容过大 / too large",
    428: "缺少 If-Match / If-Match is missing",
}


def operation(  # noqa: PLR0913 -- everything a route declares, by name
    operation_id: str,
    *,
    summary: tuple[str, str] | str,
    scope: Scope,
    roles: tuple[str, ...] = (),
    command: bool = False,
    status: int = 200,
    returns: Any = None,
    max_body: int | None = None,
    purpose: str | None = None,
) -> dict[str, Any]:
    """Keyword arguments for `@router.get(path, **operation(…))`.

    `summary` is (Chinese, English), or one text "中文 / English". `roles` of which the caller needs one; scopes public,
    self and service take none. `command` adds the problems of a command. `returns` is a msgspec struct (or any type
    msgspec knows) for the schema of the answer; `max_body` in bytes, where the application's bound does not fit.
    Raises `ValueError` where the access declaration contradicts itself.
    """
    declaration = Declaration(scope, roles, purpose)
    texts = _ALWAYS | _FOUND | (_SIGNED_IN if scope != "public" else {}) | (_COMMAND if command else {})
    arguments: dict[str, Any] = {
        "operation_id": operation_id,
        "summary": summary if isinstance(summary, str) else " / ".join(summary),
        "status_code": status,
        "responses": {code: {"description": text} | _PROBLEM for code, text in sorted(texts.items())},
        "openapi_extra": {"x-access": declaration.as_extension()},
    }
    if returns is not None:
        arguments["openapi_extra"]["x-returns"] = returns
    if max_body is not None:
        arguments["openapi_extra"]["x-max-body"] = max_body
    return arguments
