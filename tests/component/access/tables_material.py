"""Who asks schools for material 材料报送, who gives it, and who reads of it."""

from typing import Any, Final

from tests.component.access import cast
from tests.component.access.city import City
from tests.component.access.requests import Sends, Sent, get, to
from tests.component.access.table import Row, everyone

ASKED: Final[dict[str, Any]] = {
    "schools": [cast.SCHOOL], "title": "党费台账", "pieces": [{"name": "党费收缴表"}], "due": "2026-12-31",
    "again": True, "reason": "专项核查",
}  # fmt: skip
GIVEN: Final = {"pieces": [{"name": "党费收缴表", "note": "尚未建立"}]}


def for_visit() -> Sends:
    """For a copy of the visit to S25 that is planned."""

    async def sent(city: City) -> Sent:
        entry, _ = await city.copy("visits", "planned")
        return Sent("POST", "/v1/material", {**ASKED, "visit": entry["id"]})

    return sent


def on_material(name: str, verb: str = "", body: Any = None) -> Sends:
    """On a copy of what S25 was asked for; a command where there is a body."""

    async def sent(city: City) -> Sent:
        entry, version = await city.copy("materials", name)
        method, seen = ("GET", None) if body is None else ("POST", version)
        return Sent(method, f"/v1/material/{entry['id']}{verb}", body, version=seen)

    return sent


WHY: Final = {"reason": "不再需要"}
ROWS: Final = (
    #                           mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("askMaterial",          "FFFFFFFF+++FF FFFFFFFFF FFF", to("/v1/material", ASKED), "a body above"),
    # What a team plans to visit does not exist for anybody of the school.
    Row("askMaterial",          "F+FFFFFF+++FF FNFFFFFFN FFF", for_visit(), "for a visit"),
    Row("listAskedMaterial",    everyone(), get("/v1/material")),
    Row("readMaterial",         "NN+++N+++++NN NNNNNNNNN NNN", on_material("county")),
    Row("readMaterial",         "+++++N+++++NN NNNNNNNNN NNN", on_material("leader"), "asked for a visit"),
    Row("materialTimeline",     "NN+++N+++++NN NNNNNNNNN NNN", on_material("county", "/timeline")),
    Row("giveMaterial",         "FF+++F+FFFFFF FFNNNFNFF FFF", on_material("county", "/give", GIVEN)),
    Row("withdrawMaterial",     "FNFFFFFF++FFF FNFFFFFFN FFF", on_material("county", "/withdraw", WHY)),
    Row("withdrawMaterial",     "F+FFFFFFF+FFF FNFFFFFFN FFF", on_material("leader", "/withdraw", WHY), "a leader's"),
)  # fmt: skip
