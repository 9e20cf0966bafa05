"""The OpenAPI 3.1 document: FastAPI's, with the problem schema, answer schemas, security and required headers."""

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from runtime.http.problems import SCHEMA

_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_REF: Final = "#/components/schemas/{name}"


def install_openapi(app: FastAPI) -> None:
    """Make `app.openapi()` give our document, made once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _build(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _build(app: FastAPI) -> dict[str, Any]:
    returns = _take_returns(app)
    made = get_openapi(title=app.title, version=app.version, openapi_version="3.1.0", routes=app.routes)
    components = made.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = SCHEMA
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    answers, shapes = msgspec.json.schema_components(returns.values(), ref_template=_REF)
    schemas.update(shapes)
    by_name = dict(zip(returns, answers, strict=True))
    for path in made["paths"].values():
        for method, found in path.items():
            if method in _METHODS:
                _finish(found, by_name.get(found["operationId"]))
    return made


def _take_returns(app: FastAPI) -> dict[str, Any]:
    # Types are no JSON: they are taken out before FastAPI builds its document.
    taken: dict[str, Any] = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.operation_id and route.openapi_extra:
            answer = route.openapi_extra.pop("x-returns", None)
            if answer is not None:
                taken[route.operation_id] = answer
    return taken


def _finish(found: dict[str, Any], answer: dict[str, Any] | None) -> None:
    if found["x-access"]["scope"] != "public":
        found["security"] = [{"bearer": []}]
    for parameter in found.get("parameters", ()):
        if parameter.get("schema", {}).pop("x-required", False):
            parameter["required"] = True
    for status, response in found["responses"].items():
        if status.startswith("2"):
            response["description"] = "成功 / success"
            if answer is not None:
                response["content"] = {"application/json": {"schema": answer}}
