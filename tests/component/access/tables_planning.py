"""Who may call planning, draws, the life of checklists, and the moving and correcting of visits."""

from typing import Any, Final

from tests import small_city
from tests.component.access import cast
from tests.component.access.city import City
from tests.component.access.requests import Sends, Sent, fresh, get, on_visit, to, to_version
from tests.component.access.seeding import REASON
from tests.component.access.table import Row, everyone

ROUND: Final = "/v1/rounds/2026-1"
SEED: Final = "a seed of sixteen characters"
# SHA-256 of `dudao-draw-1/` and the seed above.
COMMITMENT: Final = "0e7c3d6c123569236872fbbba65b34fba32cecd45ddef9481b6bb876ad0efff5"
SOMEBODY: Final = "FFFFFFFFF+FFF FFFFFFFFF FFF"
REFUSED: Final = "FFFFFFFFFRFFF FFFFFFFFF FFF"
DRAW: Final = {
    "title": "抽查", "pool": ["S1", "S2", "S3"], "number": 1, "commitment": COMMITMENT, "public_source": "开奖号码",
}  # fmt: skip
SPECIAL: Final = {
    "kind": "special", "school": cast.SCHOOL, "team": "T-2026-1-01", "day": "2026-09-24", "checklist": "small@1",
}  # fmt: skip
CORRECTION: Final = {"answers": [{"item": "C8", "value": 7}], "reason": "数错"}


def put(path: str, body: Any) -> Sends:
    """What is set as a whole, whatever it was."""

    async def sent(_: City) -> Sent:
        return Sent("PUT", path, body)

    return sent


def draft(word: str) -> dict[str, Any]:
    """A draft of a checklist that was not there before."""
    return {**small_city.checklist(), "name": word}


def on_draft(verb: str, method: str = "POST", rewritten: bool = False) -> Sends:
    """On a draft just begun."""

    async def sent(city: City) -> Sent:
        body = draft(city.word())
        made = await city.world.done(cast.BUREAU, "/v1/checklist-drafts", body)
        path = f"/v1/checklist-drafts/{made['id']}{verb}"
        return Sent(method, path, body if rewritten else None, version=made["version"])

    return sent


async def retiring(city: City) -> Sent:
    """The retiring of a checklist just published."""
    made = await city.world.done(cast.BUREAU, "/v1/checklists", draft(city.word()))
    return Sent("POST", f"/v1/checklists/{made['id']}/retire", version=made["version"])


def on_draw(verb: str, body: Any = None, method: str = "GET") -> Sends:
    """On a draw just committed to."""

    async def sent(city: City) -> Sent:
        made = await city.world.done(cast.BUREAU, "/v1/draws", DRAW)
        return Sent(method, f"/v1/draws/{made['id']}{verb}", body, version=None if method == "GET" else made["version"])

    return sent


ROWS: Final = (
    #                              mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("readPlanningTerms",       SOMEBODY, get("/v1/planning/terms")),
    Row("setPlanningTerms",        SOMEBODY, put("/v1/planning/terms", {"load_weight": 90})),
    Row("readPlanning",            SOMEBODY, get(f"{ROUND}/planning")),
    Row("stopPlanning",            SOMEBODY, to(f"{ROUND}/planning/stop", None)),
    Row("checkPlanChange",         SOMEBODY, to(f"{ROUND}/plan/check", {})),
    Row("proposeReplacement",      REFUSED, to(f"{ROUND}/plan/replacement", {"person": cast.NOBODY}), "of a stranger"),
    Row("changePlan",              REFUSED,
        to_version(2, f"{ROUND}/plan/change", {**REASON, "members": [{"person": cast.NOBODY}]}), "of a stranger"),
    #                              mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("arrangeVisit",            REFUSED, to("/v1/visits", SPECIAL), "without a topic"),
    Row("rescheduleVisit",         SOMEBODY, on_visit("planned", "/reschedule", {"day": "2026-09-24", **REASON})),
    Row("handOverVisit",           REFUSED,
        on_visit("answered", "/hand-over", {"team": "T-2026-1-01", **REASON}), "begun"),
    Row("visitProgress",           "++NNNNNN+++NN NNNNNNNNN NNN",
        on_visit("answered", "/progress", method="GET"), "not submitted"),
    Row("visitProgress",           "+++++N+++++NN NNNNNNNNN NNN", on_visit("submitted", "/progress", method="GET")),
    Row("correctVisit",            "F+FFFFFFF+FFF FNFFFFFFF FFF", on_visit("submitted", "/correct", CORRECTION)),
    #                              mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("listDraws",               everyone(), get("/v1/draws")),
    Row("readDraw",                everyone(), on_draw("")),
    Row("commitDraw",              SOMEBODY, to("/v1/draws", DRAW)),
    Row("makeDraw",                SOMEBODY, on_draw("/draw", {"seed": SEED, "public_value": "01 02"}, "POST")),
    #                              mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("listChecklistDrafts",     SOMEBODY, get("/v1/checklist-drafts")),
    Row("beginChecklist",          SOMEBODY, fresh("/v1/checklist-drafts", draft)),
    Row("rewriteChecklist",        SOMEBODY, on_draft("", "PUT", rewritten=True)),
    Row("publishDraft",            SOMEBODY, on_draft("/publish")),
    Row("retireChecklist",         SOMEBODY, retiring),
    Row("compareChecklists",       everyone(), get("/v1/checklists/small@1/diff", against="small@1")),
)  # fmt: skip
