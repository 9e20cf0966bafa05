"""The processes of the accept benchmark over HTTP: inspection's API, and a bare echo on the same framework and server.

The API is the product's whole: gate, grants, scope, domain, group commit; only the token is taken on trust, because
signing in is the portal's.
"""

import sys
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel, SecretStr

from dudao.city import read_city
from dudao.city.files import DATA
from runtime.access.principal import Principal
from runtime.clock import SystemClock
from runtime.http.serve import run, serve
from services.inspection.bootstrap import init, make_api
from services.inspection.settings import Settings

CITY: Final = "230800"
ADMINISTRATOR: Final = "P-admin"
_HOST: Final = "127.0.0.1"


class Finding(BaseModel):
    """What the echo reads."""

    school: str
    source: str
    area: str
    description: str


class TokenIsThePerson:
    """Who acts is not what is measured here."""

    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        """The person that the token names."""
        del purpose
        return Principal.of(token)


def echo() -> FastAPI:
    """Parses the same body and answers with it: what the framework costs alone."""
    app = FastAPI(title="Echo")

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/v1/issues", status_code=201)
    async def accept(finding: Finding) -> Finding:
        return finding

    return app


async def api(url: str, prefix: str, port: int) -> None:
    """Inspection's API on an empty database with the demonstration city's administrator."""
    settings = Settings(mongo_url=SecretStr(url), database_prefix=prefix, port=port)
    await init(settings, CITY, "佳木斯市", ADMINISTRATOR)
    await serve(make_api(settings, verifier=TokenIsThePerson(), clock=SystemClock()), _HOST, port)


def bundle() -> dict[str, Any]:
    """The demonstration city's structure, and one officer in each county: the body of an import."""
    city = read_city(DATA / "jiamusi")
    counties = [division.id for division in city.divisions if division.kind in ("county", "district")]
    people = [{"id": officer_of(id), "name": f"干部{id}", "post": "科员", "school": None} for id in counties]
    grants = [
        {"id": f"G-{id}", "person": officer_of(id), "role": "county_officer", "organisation": id} for id in counties
    ]
    return {
        "divisions": city.divisions, "schools": city.schools, "branches": city.branches, "people": people,
        "grants": grants,
    }  # fmt: skip


def officer_of(county: str) -> str:
    """The person id of a county's officer."""
    return f"P-county-{county}"


if __name__ == "__main__":
    part, *rest = sys.argv[1:]
    if part == "echo":
        run("echo", lambda: serve(echo(), _HOST, int(rest[0])))
    else:
        run("inspection", lambda: api(rest[0], rest[1], int(rest[2])))
