"""Who may call what is undertaken by persons: absences and commitments."""

from datetime import date, timedelta
from typing import Any, Final

from tests.component.access import cast
from tests.component.access.city import City
from tests.component.access.requests import Sends, Sent, get
from tests.component.access.seeding import REASON
from tests.component.access.table import Row, everyone


def trip(word: str) -> dict[str, Any]:
    """An absence on a day of the years to come on which nobody was away before."""
    day = date(2027, 1, 1) + timedelta(days=int(word[1:]))
    return {"starts": day.isoformat(), "ends": day.isoformat(), "reason": "外出培训"}


def away(**given: Any) -> Sends:
    """An absence declared, of the caller unless told otherwise."""

    async def sent(city: City) -> Sent:
        return Sent("POST", "/v1/absences", {**trip(city.word()), **given})

    return sent


def on_absence(verb: str = "") -> Sends:
    """On an absence of the secretary that the bureau has just declared."""

    async def sent(city: City) -> Sent:
        body = {**trip(city.word()), "person": cast.SECRETARY}
        made = await city.world.done(cast.BUREAU, "/v1/absences", body)
        path = f"/v1/absences/{made['id']}{verb}"
        return Sent("POST", path, {}, version=made["version"]) if verb else Sent("GET", path)

    return sent


LETTER: Final = {
    "school": cast.SCHOOL, "year": 2026, "kind": "teaching_letter", "title": "教育教学责任书",
}  # fmt: skip
POST: Final = {**LETTER, "kind": "model_post", "person": cast.RESPONSIBLE}


def proposed(**given: Any) -> Sends:
    """A letter or post that was not there before."""

    async def sent(city: City) -> Sent:
        return Sent("POST", "/v1/commitments", {**POST, **given, "title": city.word()})

    return sent


def on_commitment(verb: str = "", body: Any = None) -> Sends:
    """On a post that the bureau has just proposed to the responsible person."""

    async def sent(city: City) -> Sent:
        made = await city.world.done(cast.BUREAU, "/v1/commitments", {**POST, "title": city.word()})
        path = f"/v1/commitments/{made['id']}{verb}"
        return Sent("POST", path, body, version=made["version"]) if verb else Sent("GET", path)

    return sent


ROWS: Final = (
    #                      mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("listAbsences",    everyone(), get("/v1/absences")),
    Row("readAbsence",     "NN+++N+++++NN NNNNNNNNN NNN", on_absence()),
    Row("declareAbsence",  "FF++FFFFFRFFF FF++FFFFF FFF", away(), "of oneself"),
    Row("declareAbsence",  "FF+FFFFF++FFF FFFFFFFFF FFF", away(person=cast.SECRETARY), "of the secretary"),
    Row("endAbsence",      "FF+FFFFF++FFF FFNNFFFFN FFF", on_absence("/end")),
    #                      mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("listCommitments",   everyone(), get("/v1/commitments")),
    Row("readCommitment",    "NN+++++++++NN NNNNNNNNN NNN", on_commitment()),
    Row("proposeCommitment", "FF+F++FF++FFF FFFFFFFFF FFF", proposed()),
    Row("signCommitment",    "NNFFF+FFFFFNN NNNNNNNNN NNN", on_commitment("/sign")),
    Row("retireCommitment",  "NN+F++FF++FNN NNNNNNNNN NNN", on_commitment("/retire", REASON)),
)  # fmt: skip
