"""Who may give tasks from above, and who reads of them."""

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


ROWS: Final = (
    #                           mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("giveAssignment",       "FFFFFFFF+++FF FFFFFFFFF FFF", to("/v1/assignments", TASK)),
    Row("listAssignments",      everyone(), get("/v1/assignments")),
    # Its team has nothing to do with it, but whoever drafted the finding that the copy was made of.
    Row("readAssignment",       "N++++++++++NN NNNNNNNNN NNN", of_task()),
    Row("assignmentTimeline",   "N++++++++++NN NNNNNNNNN NNN", of_task("/timeline")),
)  # fmt: skip
