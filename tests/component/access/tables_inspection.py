"""Who may call the rest of inspection: registry, rounds, visits, evidence, the ledger."""

from typing import Any, Final

from tests import small_city
from tests.component.access import cast
from tests.component.access.requests import (
    fresh,
    get,
    on_grant,
    on_visit,
    read_evidence,
    read_team,
    to,
    to_version,
    upload,
)
from tests.component.access.seeding import ANSWERS, FEEDBACK, REASON
from tests.component.access.table import Row, everyone

ROUND: Final = "/v1/rounds/2026-1"


def person(word: str) -> dict[str, Any]:
    """A person who was not there before."""
    return {"id": f"P-{word}", "name": "新人", "post": "职务"}


def checklist(word: str) -> dict[str, Any]:
    """A checklist that was not published before."""
    return {**small_city.checklist(), "name": word}


def a_round(word: str) -> dict[str, Any]:
    """A round that was not opened before."""
    year = 2001 + int(word[1:]) % 99
    return {
        "year": year, "ordinal": 1 + int(word[1:]) // 99, "title": "轮次", "starts": f"{year}-09-21",
        "ends": f"{year}-10-30", "checklist": "small@1",
    }  # fmt: skip


GRANT: Final = {"person": cast.NOBODY, "role": "contact", "organisation": "S24"}

CALENDAR: Final = {"year": 2030, "days_off": ["2030-01-01"], "source": "国办通知"}

ROWS: Final = (
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("readMe",            everyone(), get("/v1/me")),
    Row("listTodo",          everyone(), get("/v1/me/todo")),
    # The structure of the city, its checklists and its calendar are nobody's secret.
    Row("listDivisions",     everyone(), get("/v1/divisions")),
    Row("readDivision",      everyone(), get(f"/v1/divisions/{cast.DIVISION}")),
    Row("listSchools",       everyone(), get("/v1/schools")),
    Row("readSchool",        everyone(), get(f"/v1/schools/{cast.SCHOOL}")),
    Row("listBranches",      everyone(), get("/v1/branches")),
    Row("readBranch",        everyone(), get(f"/v1/branches/{cast.BRANCH}")),
    Row("listChecklists",    everyone(), get("/v1/checklists")),
    Row("readChecklist",     everyone(), get("/v1/checklists/small@1")),
    Row("listTeams",         everyone(), get("/v1/teams")),
    Row("readTeam",          everyone(), read_team()),
    Row("listCalendars",     everyone(), get("/v1/calendars")),
    Row("readCalendar",      everyone(), get("/v1/calendars/2026")),
    # People and what they hold: the offices, the counties their own.
    Row("listPeople",        "FFFFFFFF+++F+ FFFFFFFF+ FFF", get("/v1/people")),
    Row("readPerson",        "FFFFFFFF+++F+ FFFFFFFFN FFF", get(f"/v1/people/{cast.SECRETARY}")),
    Row("listGrants",        "FFFFFFFF+++F+ FFFFFFFF+ FFF", get("/v1/grants")),
    Row("readGrant",         "FFFFFFFF+++F+ FFFFFFFFN FFF", get(f"/v1/grants/G-of-{cast.DEPUTY}")),
    Row("listRounds",        "FFFFFFFF+++F+ FFFFFFFF+ FFF", get("/v1/rounds")),
    Row("readRound",         "FFFFFFFF+++F+ FFFFFFFF+ FFF", get(ROUND)),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("importRegistry",    "FFFFFFFFFFFF+ FFFFFFFFF FFF", to("/v1/registry/imports", {"people": []})),
    Row("registerPerson",    "FFFFFFFFFFFF+ FFFFFFFFF FFF", fresh("/v1/people", person)),
    Row("giveGrant",         "FFFFFFFFFFFF+ FFFFFFFFF FFF", to("/v1/grants", GRANT)),
    Row("revokeGrant",       "FFFFFFFFFFFF+ FFFFFFFFF FFF", on_grant(REASON)),
    Row("publishCalendar",   "FFFFFFFFF+FF+ FFFFFFFFF FFF", to("/v1/calendars", CALENDAR)),
    Row("publishChecklist",  "FFFFFFFFF+FFF FFFFFFFFF FFF", fresh("/v1/checklists", checklist)),
    Row("openRound",         "FFFFFFFFF+FFF FFFFFFFFF FFF", fresh("/v1/rounds", a_round)),
    Row("planRound",         "FFFFFFFFFRFFF FFFFFFFFF FFF",
        to_version(2, f"{ROUND}/plan", {"team_size": 3, "seed": 7}), "planned already"),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("listVisits",        everyone(), get("/v1/visits")),
    Row("readVisit",         "++NNNNNN+++NN NNNNNNNNN NNN", on_visit("answered", "", method="GET"), "not submitted"),
    Row("readVisit",         "+++++N+++++NN NNNNNNNNN NNN", on_visit("submitted", "", method="GET")),
    Row("visitTimeline",     "++NNNNNN+++NN NNNNNNNNN NNN",
        on_visit("answered", "/timeline", method="GET"), "not submitted"),
    Row("visitTimeline",     "+++++N+++++NN NNNNNNNNN NNN", on_visit("submitted", "/timeline", method="GET")),
    Row("answerItems",       "++FFFFFFFFFFF NNFFFFFFF FFF",
        on_visit("planned", "/answers", {"answers": ANSWERS[1:]}, "PUT")),
    Row("recordHighlight",   "++FFFFFFFFFFF NNFFFFFFF FFF", on_visit("answered", "/highlights", {"text": "亮点"})),
    Row("submitVisit",       "F+FFFFFFFFFFF FNFFFFFFF FFF", on_visit("answered", "/submit", FEEDBACK)),
    Row("cancelVisit",       "FFFFFFFFF+FFF FFFFFFFFF FFF", on_visit("planned", "/cancel", REASON)),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("addEvidence",       "++++++++++FFF FFFFFFFFF FFF", upload(cast.SCHOOL)),
    Row("readEvidence",      "+++++++++++NN NNNNNNNNN NNN", read_evidence("issue")),
    Row("readEvidence",      "+++++N+++++NN NNNNNNNNN NNN", read_evidence("visit"), "of a submitted visit"),
    Row("readEvidence",      "NN++NNNN++N+N NNNNNNNNN NNN", read_evidence("tour"), "inspection tour"),
    Row("readEvidence",      "NNNNNNNN+NNNN NNNNNNNNN NNN", read_evidence("unattached"), "of nothing yet"),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("ledger_heads",      everyone("F"), get("/ledger/lists/heads"), audience="services"),
    Row("ledger_entries",    everyone("F"), get("/ledger/lists/0"), audience="services"),
)  # fmt: skip
