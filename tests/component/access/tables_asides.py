"""Who may ask, decide and say what about an issue beside its straight way; and who sets the terms."""

from typing import Any, Final

from tests.component.access import cast
from tests.component.access.city import City
from tests.component.access.requests import Sends, Sent, fresh, get
from tests.component.access.seeding import MAJOR, REASON, TASKS
from tests.component.access.table import Row, everyone
from tests.component.access.tables_issues import post, read

LATER: Final = {"day": "2026-12-31", **REASON}
CARD: Final = {"colour": "yellow", "deadline": "2026-12-31", **REASON}
LED: Final = {"tasks": TASKS, "lead": cast.COUNTY}


def merging() -> Sends:
    """A copy of the submitted issue, into another one of the same school that is assigned."""

    async def sent(city: City) -> Sent:
        into = city.kept["issues", "survey.assigned"]["_id"]
        return await post("main.submitted", "merge", {"into": into})(city)

    return sent


def assigning() -> Sends:
    """A copy of the submitted issue, among many that are assigned in one act."""

    async def sent(city: City) -> Sent:
        entry, version = await city.copy("issues", "main.submitted")
        return Sent("POST", "/v1/issues/assign", {"assigned": [{"issue": entry["id"], "version": version, **MAJOR}]})

    return sent


def terms(word: str) -> dict[str, Any]:
    """A number that was never in force before."""
    return {**REASON, "description_length": 2000 + int(word.removeprefix("w")) % 3000}


ROWS: Final = (
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("whoAnswers",        "+++++++++++NN NNNNNNNNN NNN", read("main.planned", "/answerable")),
    Row("whoAnswers",        "NN++NNNN++N+N NNNNNNNNN NNN", read("tour.planned", "/answerable"), "inspection tour"),
    Row("explainDeadlines",  "+++++++++++NN NNNNNNNNN NNN", read("main.planned", "/deadlines")),
    Row("explainDeadlines",  "NN++NNNN++N+N NNNNNNNNN NNN", read("tour.planned", "/deadlines"), "inspection tour"),
    Row("assignIssues",      "FFFFFFFF++FFF FNFFFFFFN FFF", assigning()),
    # The leader of a team does not see what another body listed, so for them it is not there to be merged into.
    Row("mergeIssue",        "FNFFFFFF++FFF FNFFFFFFN FFF", merging()),
    Row("objectToIssue",     "FF+FFFFFFFFFF FFNNFFFFF FFF", post("main.assigned", "object", REASON)),
    Row("objectToIssue",     "FF+FFFFFFFFFF FFNNFFFFF FFF", post("tour.assigned", "object", REASON), "tour"),
    Row("decideObjection",   "FFFFFFFFF+FFF FFFFFFFFN FFF",
        post("main.objected", "decide-objection", {"upheld": False, **REASON}), "assigned by the county officer"),
    Row("askForHelp",        "FF+FFFFFFFFFF FFNNFFFFF FFF", post("main.planned", "ask-help", REASON)),
    Row("passHelpUp",        "FFFFFFFF+FFFF FFFFFFFFN FFF", post("main.help_asked", "pass-help-up", REASON)),
    Row("decideHelp",        "FFFFFFFF+FFFF FFFFFFFFN FFF",
        post("main.help_asked", "decide-help", {"accepted": True, **REASON})),
    Row("planIssue",         "FFFFFFFF+FFFF FFNNFFFFN FFF", post("main.helped", "plan", LED), "the county leads"),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("askForExtension",   "FF+FFFFFFFFFF FFNNFFFFN FFF", post("main.planned", "ask-extension", LATER)),
    Row("askForExtension",   "FFFFFFFF+FFFF FFNNFFFFN FFF",
        post("main.helped", "ask-extension", LATER), "the county leads"),
    Row("decideExtension",   "FFFFFFFF+FFFF FFFFFFFFN FFF",
        post("main.extension_asked", "decide-extension", {"granted": True, **REASON})),
    Row("correctIssue",      "FFFFFFFF+FFFF FFFFFFFFN FFF",
        post("main.assigned", "correct", {"description": "更正", **REASON})),
    Row("giveOpinion",       "++FFFFFFFFFFF NNFFFFFFF FFF", post("main.rectifying", "opinion", {"text": "尚可"})),
    Row("urgeIssue",         "FFFFFFFF++FFF FFFFFFFFN FFF", post("main.planned", "urge", {})),
    Row("issueCard",         "FFFFFFFFF+FFF FFFFFFFFF FFF", post("main.planned", "cards", CARD)),
    Row("receiveCard",       "FF++FFFFFFFFF FFNNFFFFF FFF", post("main.carded", "cards/{card}/receive")),
    Row("decideCard",        "FFFFFFFFF+FFF FFFFFFFFF FFF",
        post("main.carded", "cards/{card}/decide", {"met": True, **REASON})),
    Row("listCards",         everyone(), get("/v1/cards")),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("readTerms",         everyone(), get("/v1/terms/in-force")),
    Row("listTerms",         everyone(), get("/v1/terms")),
    Row("publishTerms",      "FFFFFFFFF+FFF FFFFFFFFF FFF", fresh("/v1/terms", terms)),
)  # fmt: skip
