"""How each operation is called: on a copy of a seeded entry, one copy a call, so that no call disturbs another."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.component.access import cast
from tests.component.access.city import City


@dataclass(frozen=True, slots=True)
class Sent:
    """One request; `version` becomes If-Match."""

    method: str
    path: str
    body: Any = None
    params: dict[str, Any] = field(default_factory=dict)
    version: int | None = None
    school: str | None = None
    """With a school it is an upload of evidence."""
    table: dict[str, str] | None = None
    """With these fields it is an upload of a table."""


PROVENANCE = {"file": "f", "sheet": "台账", "row": 2, "digest": "d"}
Sends = Callable[[City], Awaitable[Sent]]


def to(path: str, body: Any) -> Sends:
    """The same command every time."""

    async def sent(_: City) -> Sent:
        return Sent("POST", path, body)

    return sent


def to_version(version: int, path: str, body: Any) -> Sends:
    """A command on an entry that stays as it is, at the version it has."""

    async def sent(_: City) -> Sent:
        return Sent("POST", path, body, version=version)

    return sent


def put_version(version: int, path: str, body: Any) -> Sends:
    """The same for what is changed as a whole."""

    async def sent(_: City) -> Sent:
        return Sent("PUT", path, body, version=version)

    return sent


def on_entry(collection: str, verb: str = "", body: Any = None, method: str = "POST") -> Sends:
    """On a copy of the registry entry kept of this collection."""

    async def sent(city: City) -> Sent:
        entry, version = await city.copy(collection, "one")
        path = f"/v1/{collection}/{entry['id']}{verb}"
        return Sent(method, path, body, version=None if method == "GET" else version)

    return sent


def get(path: str, /, **params: Any) -> Sends:
    """A question."""

    async def sent(_: City) -> Sent:
        return Sent("GET", path, params=params)

    return sent


def fresh(path: str, body: Callable[[str], Any]) -> Sends:
    """A command that makes something; `body` is given a word that was never used."""

    async def sent(city: City) -> Sent:
        return Sent("POST", path, body(city.word()))

    return sent


def on_issue(seed: str, verb: str, body: Any = None, method: str = "POST", **changes: Any) -> Sends:
    """On a copy of the issue kept under this name; `{task}` in the verb is its first task, `{card}` its first card."""

    async def sent(city: City) -> Sent:
        entry, version = await city.copy("issues", seed, **changes)
        task = entry["tasks"][0]["id"] if entry["tasks"] else ""
        card = entry["cards"][0]["number"] if entry["cards"] else ""
        path = f"/v1/issues/{entry['id']}{verb.format(task=task, card=card)}"
        return Sent(method, path, body, version=version if method == "POST" else None)

    return sent


def on_visit(seed: str, verb: str, body: Any = None, method: str = "POST") -> Sends:
    """On a copy of the visit kept under this name."""

    async def sent(city: City) -> Sent:
        entry, version = await city.copy("visits", seed)
        return Sent(method, f"/v1/visits/{entry['id']}{verb}", body, version=None if method == "GET" else version)

    return sent


def draft(**body: Any) -> Sends:
    """A finding; with `visit` it is one of a copy of the visit under that name."""

    async def sent(city: City) -> Sent:
        named = body.get("visit")
        visit = (await city.copy("visits", named))[0]["id"] if named else None
        return Sent("POST", "/v1/issues", {**body, "visit": visit, "description": "无标识"})

    return sent


def on_alert(verb: str) -> Sends:
    """On a copy of the secretary's alert."""

    async def sent(city: City) -> Sent:
        entry, _ = await city.copy_alert()
        return Sent("POST", f"/v1/inbox/{entry['id']}/{verb}")

    return sent


def on_dead_event(service: str, verb: str, body: Any = None, method: str = "POST") -> Sends:
    """On an event that this service cannot apply."""

    async def sent(city: City) -> Sent:
        return Sent(method, f"/v1/{service}/dead-events/{await city.dead_event(service)}{verb}", body)

    return sent


def on_grant(body: Any) -> Sends:
    """On a copy of somebody's grant."""

    async def sent(city: City) -> Sent:
        entry, _ = await city.copy("grants", "grant")
        return Sent("POST", f"/v1/grants/{entry['id']}/revoke", body)

    return sent


def upload_table(path: str, **fields: str) -> Sends:
    """A table with nothing in it."""

    async def sent(_: City) -> Sent:
        return Sent("POST", path, table=fields)

    return sent


def staged_registry(method: str, verb: str) -> Sends:
    """On a registry table that the administrator has sent: a holiday that is there already."""

    async def sent(city: City) -> Sent:
        text = "id,division,name,starts,ends\r\nH-1,230804,寒假,2001-01-15,2001-02-25\r\n"
        answer = await city.http["inspection"].post(
            "/v1/registry/tables",
            files={"file": ("holidays.csv", text.encode(), "text/csv")},
            headers={"Authorization": f"Bearer {city.token(cast.ADMIN)}"},
        )
        return Sent(method, f"/v1/registry/tables/{answer.json()['id']}{verb}")

    return sent


def staged_issues(method: str, verb: str) -> Sends:
    """On a table of issues that the bureau has sent, which says something else each time."""

    async def sent(city: City) -> Sent:
        text = f"学校,问题\r\nS25,{city.word()}\r\n"
        answer = await city.http["inspection"].post(
            "/v1/issues/tables",
            data={"source": "survey"},
            files={"file": ("台账.csv", text.encode(), "text/csv")},
            headers={"Authorization": f"Bearer {city.token(cast.BUREAU)}"},
        )
        return Sent(method, f"/v1/issues/tables/{answer.json()['id']}{verb}")

    return sent


def imported_issue() -> Sends:
    """The provenance of a copy of an issue that was imported, in the state in which the most may read it."""

    async def sent(city: City) -> Sent:
        entry, _ = await city.copy("issues", "main.rectifying", provenance=PROVENANCE)
        row = {"id": entry["id"], **PROVENANCE, "cells": {"问题": "无标识"}}
        del row["digest"]
        document = {"_id": entry["id"], "row": json.dumps(row, ensure_ascii=False)}
        await city.database("inspection")["originals"].insert_one(document)
        return Sent("GET", f"/v1/issues/{entry['id']}/provenance")

    return sent


def upload(school: str) -> Sends:
    """Evidence of a school."""

    async def sent(_: City) -> Sent:
        return Sent("POST", "/v1/evidence", school=school)

    return sent


def read_evidence(name: str, part: str = "") -> Sends:
    """The evidence kept under this name, or what is told of it."""

    async def sent(city: City) -> Sent:
        return Sent("GET", f"/v1/evidence/{city.evidence[name]}{part}")

    return sent


def read_team() -> Sends:
    """The team that visits S25."""

    async def sent(city: City) -> Sent:
        return Sent("GET", f"/v1/teams/{city.team}")

    return sent
