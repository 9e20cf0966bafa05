"""Who may give tasks from above; who logs, asks, answers and rates at a contact point; and who reads of it."""

from typing import Any, Final

from tests.component.access import cast
from tests.component.access.city import City
from tests.component.access.requests import Sends, Sent, get, to
from tests.component.access.table import Row, everyone

TASK: Final[dict[str, Any]] = {
    "schools": [cast.SCHOOL], "title": "主题党日", "description": "开展一次主题党日", "area": "党建载体",
    "deadline": "2026-12-31",
}  # fmt: skip


def of_task(verb: str = "") -> Sends:
    """A task of the bureau's that has one part, planned at S25."""

    async def sent(city: City) -> Sent:
        id = city.word()
        of = {"id": id, "number": f"RW-{id}", "title": "主题党日", "schools": 1}
        await city.copy("issues", "main.planned", assignment=of, visit=None, team=None, round=None, issuer="230800")
        return Sent("GET", f"/v1/assignments/{id}{verb}")

    return sent


def on_liaison(verb: str = "", body: Any = None, method: str = "POST") -> Sends:
    """On a copy of what the linked leader logged."""

    async def sent(city: City) -> Sent:
        entry, _ = await city.copy("liaisons", "one")
        return Sent(method, f"/v1/liaisons/{entry['id']}{verb}", body)

    return sent


def on_request(state: str, verb: str = "", body: Any = None, method: str = "POST") -> Sends:
    """On a copy of the request in this state."""

    async def sent(city: City) -> Sent:
        entry, version = await city.copy("requests", state)
        path = f"/v1/requests/{entry['id']}{verb}"
        return Sent(method, path, body, version=version if method == "POST" else None)

    return sent


LOG: Final = {"school": cast.SCHOOL, "kind": "visit", "day": "2026-09-21", "text": "走访"}
ROWS: Final = (
    #                           mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("giveAssignment",       "FFFFFFFF+++FF FFFFFFFFF FFF", to("/v1/assignments", TASK)),
    Row("listAssignments",      everyone(), get("/v1/assignments")),
    # Its team has nothing to do with it, but whoever drafted the finding that the copy was made of.
    Row("readAssignment",       "N++++++++++NN NNNNNNNNN NNN", of_task()),
    Row("assignmentTimeline",   "N++++++++++NN NNNNNNNNN NNN", of_task("/timeline")),
    Row("listHighlights",       everyone(), get("/v1/highlights")),
    Row("readBurden",           everyone(), get("/v1/burden")),
    Row("listMaterial",         everyone(), get("/v1/schools/S25/material", item="C1")),
    #                           mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("logLiaison",           "FFFFFFF+FFFFF FFFFFFFFF FFF", to("/v1/liaisons", LOG)),
    Row("listLiaisons",         everyone(), get("/v1/liaisons")),
    Row("readLiaison",          "NN+++N+++++NN NNNNNNNNN NNN", on_liaison(method="GET")),
    Row("askRequest",           "FFFFFFF+FFFFF FFFFFFFNF FFF", on_liaison("/requests", {"text": "缺少经费"})),
    Row("listRequests",         everyone(), get("/v1/requests")),
    Row("readRequest",          "NN+++N+++++NN NNNNNNNNN NNN", on_request("asked", method="GET")),
    Row("requestTimeline",      "NN+++N+++++NN NNNNNNNNN NNN", on_request("asked", "/timeline", method="GET")),
    Row("explainReplyBy",       "NN+++N+++++NN NNNNNNNNN NNN", on_request("asked", "/deadlines", method="GET")),
    Row("acceptRequest",        "FFFFFFFFF+FFF FFFFFFFFF FFF", on_request("asked", "/accept", {"office": "基建科"})),
    Row("replyRequest",         "FFFFFFFFF+FFF FFFFFFFFF FFF", on_request("accepted", "/reply", {"text": "已解决"})),
    Row("rateRequest",          "FF+FFFFFFFFFF FFNNFFFFF FFF", on_request("replied", "/rate", {"rating": "fair"})),
)  # fmt: skip
