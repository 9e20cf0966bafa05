"""Who may do what with issues: by `domain.md`, "People" and "An issue's life". The school is S25 throughout."""

from typing import Any, Final

from tests.component.access import cast
from tests.component.access.requests import Sends, draft, get, on_issue
from tests.component.access.seeding import MAJOR, PASSED, REASON, TASKS
from tests.component.access.table import Row, everyone

REWORDED: Final = {"description": "改"}
FINDING: Final[dict[str, Any]] = {"school": cast.SCHOOL, "source": "supervision", "item": "C2", "visit": "answered"}
LISTED: Final[dict[str, Any]] = {"school": cast.SCHOOL, "area": "其他"}
PLAN: Final = {"tasks": TASKS, "lead": cast.RESPONSIBLE}


def post(seed: str, verb: str, body: Any = None, **changes: Any) -> Sends:
    """A command on an issue."""
    return on_issue(seed, f"/{verb}", body, **changes)


def read(seed: str, part: str = "", **changes: Any) -> Sends:
    """A question about an issue."""
    return on_issue(seed, part, None, "GET", **changes)


ROWS: Final = (
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("listIssues",        everyone(), get("/v1/issues")),
    Row("readLists",         everyone(), get(f"/v1/schools/{cast.SCHOOL}/lists")),
    Row("findSimilar",       everyone(), get("/v1/issues/similar", school=cast.SCHOOL, text="活动室无标识")),
    Row("similarIssues",     "+++++++++++NN NNNNNNNNN NNN", read("main.planned", "/similar")),
    Row("similarIssues",     "NN++NNNN++N+N NNNNNNNNN NNN", read("tour.planned", "/similar"), "inspection tour"),
    Row("readIssue",         "+++++++++++NN NNNNNNNNN NNN", read("main.planned")),
    Row("readIssue",         "++NNNNNN+++NN NNNNNNNNN NNN", read("drafted"), "the team's draft"),
    Row("readIssue",         "++NNNNNN+++NN NNNNNNNNN NNN", read("dropped"), "a draft that never left the team"),
    Row("readIssue",         "NN+++N+++++NN NNNNNNNNN NNN", read("self.drafted"), "the school's own draft"),
    Row("readIssue",         "NNNNNNNN+++NN NNNNNNNNN NNN", read("survey.drafted"), "an office's draft"),
    Row("readIssue",         "NN++NNNN++N+N NNNNNNNNN NNN", read("tour.planned"), "inspection tour"),
    Row("readIssue",         "NNNNNNNN++N+N NNNNNNNNN NNN", read("tour.drafted"), "inspection tour, drafted"),
    Row("issueTimeline",     "+++++++++++NN NNNNNNNNN NNN", read("main.planned", "/timeline")),
    Row("issueTimeline",     "++NNNNNN+++NN NNNNNNNNN NNN", read("drafted", "/timeline"), "the team's draft"),
    Row("issueTimeline",     "NN++NNNN++N+N NNNNNNNNN NNN", read("tour.planned", "/timeline"), "inspection tour"),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("draftIssue",        "++NNNFFNFFFFF NNNNNFFNN FFF", draft(**FINDING), "in a visit"),
    Row("draftIssue",        "FF+++FFFFFFFF FFFFFFFFF FFF", draft(**LISTED, source="self"), "self"),
    Row("draftIssue",        "FFFFFFF+++FFF FFFFFFFFF FFF", draft(**LISTED, source="liaison"), "liaison"),
    Row("draftIssue",        "FFFFFFFF++FFF FFFFFFFFF FFF", draft(**LISTED, source="survey"), "survey"),
    Row("draftIssue",        "FFFFFFFF++FFF FFFFFFFFF FFF", draft(**LISTED, source="inspection_tour"), "tour"),
    Row("draftIssue",        "FFFFFFFF++FFF FFFFFFFFF FFF", draft(**LISTED, source="supervision"), "without visit"),
    Row("amendIssue",        "F+NNNFFNFFFFF NNNNNFFNN FFF", post("drafted", "amend", REWORDED), "drafted"),
    Row("amendIssue",        "FFFFFFFF++FFF NNNNNFFNN FFF", post("main.submitted", "amend", REWORDED)),
    Row("amendIssue",        "NNFFNFFN++FFF NNNNNFFNN FFF", post("tour.submitted", "amend", REWORDED), "tour"),
    Row("submitIssue",       "F+NNNFFNFFFFF NNNNNFFNN FFF", post("drafted", "submit"), "came in late"),
    Row("submitIssue",       "NN+FFFFFFFFFF NNNNNFFNN FFF", post("self.drafted", "submit"), "self"),
    Row("submitIssue",       "NNNNNFFN+FFFF NNNNNFFNN FFF", post("survey.drafted", "submit"), "survey"),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("assignIssue",       "FFFFFFFF++FFF FNFFFFFFN FFF", post("main.submitted", "assign", MAJOR)),
    Row("assignIssue",       "FFFFFFFFF+FFF FNFFFFFFN FFF",
        post("main.submitted", "assign", {"severity": "critical", "mode": "deadline"}), "critical"),
    Row("assignIssue",       "F+FFFFFF++FFF FNFFFFFFN FFF",
        post("main.submitted", "assign", {"severity": "minor", "mode": "immediate"}), "on the spot"),
    Row("assignIssue",       "FNFFFFFF++FFF FNFFFFFFN FFF", post("tour.submitted", "assign", MAJOR), "tour"),
    Row("acknowledgeIssue",  "FF++FFFFFFFFF FFNNFFFFF FFF", post("main.assigned", "acknowledge")),
    Row("acknowledgeIssue",  "FF++FFFFFFFFF FFNNFFFFF FFF", post("tour.assigned", "acknowledge"), "tour"),
    Row("planIssue",         "FF+FFFFFFFFFF FFNNFFFFN FFF", post("main.acknowledged", "plan", PLAN)),
    Row("replanIssue",       "FF+FFFFFFFFFF FFNNFFFFN FFF", post("main.planned", "replan", PLAN | REASON)),
    Row("signResponsibility", "FFFFF+FFFFFNN NNNNNNNNN NNN", post("main.planned", "sign")),
    Row("signResponsibility", "NN+FNNNNFFNFN NNNNNNNNN NNN", post("tour.planned", "sign"), "tour"),
    Row("progressTask",      "FFFF++FFFFFNN NNNNNNNNN NNN",
        post("main.signed", "tasks/{task}/progress", {"percent": 50})),
    Row("progressTask",      "NNRFNNNNFFNFN NNNNNNNNN NNN",
        post("tour.planned", "tasks/{task}/progress", {"percent": 50}), "tour, before the signature"),
    Row("reportIssue",       "FF+FFFFFFFFFF FFNNFFFFN FFF", post("main.rectifying", "report", {"note": "完毕"})),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("checkIssue",        "FFFFFFFF++FFF FNFFFFFFN FFF", post("main.reported", "check", PASSED)),
    Row("checkIssue",        "F+FFFFFF++FFF FNFFFFFFN FFF",
        post("main.reported", "check", PASSED, severity="minor"), "minor"),
    Row("checkIssue",        "FFFFFFFF+FFFF FNFFFFFFN FFF",
        post("main.reported", "check", PASSED, severity="critical"), "critical, first"),
    Row("withdrawIssue",     "F+NNNFFNFFFFF NNNNNFFNN FFF", post("drafted", "withdraw", REASON), "drafted"),
    Row("withdrawIssue",     "FFFFFFFF+FFFF NNNNNFFNN FFF", post("main.assigned", "withdraw", REASON), "assigned"),
    Row("withdrawIssue",     "NNFFNFFN+FFFF NNNNNFFNN FFF", post("tour.assigned", "withdraw", REASON), "tour"),
    Row("reopenIssue",       "FFFFFFFFF+FFF FFFFFFFFN FFF",
        post("main.closed", "reopen", REASON | {"deadline": "2026-10-30"})),
    Row("reopenIssue",       "FFFFFFFF++FFF FFFFFFFFN FFF",
        post("main.closed by the leader", "reopen", REASON | {"deadline": "2026-10-30"}), "closed by the team leader"),
)  # fmt: skip
