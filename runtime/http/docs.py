"""The API's documentation page, from Swagger UI in a Python package: no network is needed to read it."""

from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

_PAGE: Final = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="docs/assets/swagger-ui.css"><link rel="icon" href="docs/assets/favicon.png">
</head><body><div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>
"""
# Relative to the page, so that it works behind a gateway's prefix as well.
_START: Final = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});'
PATH: Final = "/docs"


def install_docs(app: FastAPI) -> None:
    """Serve `/docs` and what it needs; the titles come from the application, not from a caller."""
    escaped = app.title.replace("&", "&amp;").replace("<", "&lt;")

    async def page(_: Request) -> Response:
        return HTMLResponse(_PAGE.format(title=escaped))

    async def start(_: Request) -> Response:
        return Response(_START, media_type="text/javascript")

    app.add_route(PATH, page, include_in_schema=False)
    app.add_route(f"{PATH}/start.js", start, include_in_schema=False)
    assets = files("fastapi_offline") / "static"
    app.mount(f"{PATH}/assets", StaticFiles(directory=str(assets)), name="docs-assets")
