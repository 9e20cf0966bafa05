"""Who may call the rest of inspection: registry, rounds, visits, evidence, the ledger."""

from typing import Any, Final

from tests import small_city
from tests.component.access import cast
from tests.component.access.requests import (
    fresh,
    get,
    imported_issue,
    on_entry,
    on_grant,
    on_visit,
    put_version,
    read_evidence,
    read_team,
    staged_issues,
    staged_registry,
    to,
    to_version,
    upload,
    upload_table,
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


GRANT: Final = {"person": "P-nominee", "role": "contact", "organisation": "S24"}

CALENDAR: Final = {"year": 2030, "days_off": ["2030-01-01"], "source": "国办通知"}

NOMINATION: Final = {"person": "P-nominee", "role": "bureau_officer", "organisation": small_city.CITY}
DIVISION: Final = {
    "name": "县230804", "kind": "county", "parent": small_city.CITY, "principal_pilot": True,
}  # fmt: skip
SCHOOL: Final = {**small_city.schools()[19], "teachers": 61}
BRANCH: Final = {**small_city.branches()[17], "members": 21}


def division(word: str) -> dict[str, Any]:
    """A county that was not there before."""
    return {"id": f"D-{word}", **DIVISION}


def branch(word: str) -> dict[str, Any]:
    """A group below a branch, which was not there before."""
    return {**small_city.branches()[1], "id": f"B-{word}", "parent": "B2", "schools": []}


def venue(word: str) -> dict[str, Any]:
    """A red site that was not there before."""
    return {
        "id": f"V-{word}", "name": "红色基地", "kind": "red_site", "division": "230804", "school": None, "free": True,
    }  # fmt: skip


def holiday(word: str) -> dict[str, Any]:
    """A holiday in a year long past."""
    return {"id": f"H-{word}", "division": "230804", "name": "暑假", "starts": "2001-07-15", "ends": "2001-08-25"}


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
    Row("registryTemplate",  "FFFFFFFFFFFF+ FFFFFFFFF FFF", get("/v1/registry/template")),
    Row("stageRegistry",     "FFFFFFFFFFFF+ FFFFFFFFF FFF", upload_table("/v1/registry/tables")),
    Row("readStagedRegistry", "FFFFFFFFFFFF+ FFFFFFFFF FFF", staged_registry("GET", "")),
    Row("activateRegistry",  "FFFFFFFFFFFF+ FFFFFFFFF FFF", staged_registry("POST", "/activate")),
    Row("stageIssues",       "FFFFFFFF++FFF FFFFFFFF+ FFF", upload_table("/v1/issues/tables", source="survey")),
    # What one officer has sent is nobody else's.
    Row("readStagedIssues",  "FFFFFFFFN+FFF FFFFFFFFN FFF", staged_issues("GET", "")),
    Row("activateIssues",    "FFFFFFFFN+FFF FFFFFFFFN FFF", staged_issues("POST", "/activate")),
    Row("issueProvenance",   "+++++++++++NN NNNNNNNNN NNN", imported_issue()),
    Row("registerDivision",  "FFFFFFFFFFFF+ FFFFFFFFF FFF", fresh("/v1/divisions", division)),
    Row("changeDivision",    "FFFFFFFFFFFF+ FFFFFFFFF FFF",
        put_version(1, "/v1/divisions/230804", DIVISION)),
    Row("retireDivision",    "FFFFFFFFFFFFR FFFFFFFFF FFF",
        to_version(1, "/v1/divisions/230805/retire", REASON), "schools are left in it"),
    Row("registerSchool",    "FFFFFFFFFFFFR FFFFFFFFF FFF", to("/v1/schools", SCHOOL), "registered already"),
    Row("registerSchoolWithBranch", "FFFFFFFFFFFFR FFFFFFFFF FFF",
        to("/v1/schools/with-branch", {"school": SCHOOL, "branch": BRANCH}), "registered already"),
    Row("changeSchool",      "FFFFFFFFFFFF+ FFFFFFFFF FFF", put_version(1, "/v1/schools/S20", SCHOOL)),
    Row("retireSchool",      "FFFFFFFFFFFFR FFFFFFFFF FFF",
        to_version(1, "/v1/schools/S19/retire", REASON), "people are left in it"),
    Row("registerBranch",    "FFFFFFFFFFFF+ FFFFFFFFF FFF", fresh("/v1/branches", branch)),
    Row("changeBranch",      "FFFFFFFFFFFF+ FFFFFFFFF FFF", put_version(1, "/v1/branches/B18", BRANCH)),
    Row("retireBranch",      "FFFFFFFFFFFFR FFFFFFFFF FFF",
        to_version(1, "/v1/branches/B17/retire", REASON), "a school is left in it"),
    Row("changePerson",      "FFFFFFFFFFFF+ FFFFFFFFF FFF",
        put_version(1, "/v1/people/P-cadre-S16", {"name": "新名", "post": "党务干部", "school": "S16"})),
    Row("retirePerson",      "FFFFFFFFFFFF+ FFFFFFFFF FFF", to_version(1, "/v1/people/P-cadre-S15/retire", REASON)),
    Row("listVenues",        everyone(), get("/v1/venues")),
    Row("readVenue",         everyone(), on_entry("venues", method="GET")),
    Row("registerVenue",     "FFFFFFFFF+FF+ FFFFFFFFF FFF", fresh("/v1/venues", venue)),
    Row("changeVenue",       "FFFFFFFFF+FF+ FFFFFFFFF FFF", on_entry("venues", "", venue("w0"), "PUT")),
    Row("retireVenue",       "FFFFFFFFF+FF+ FFFFFFFFF FFF", on_entry("venues", "/retire", REASON)),
    Row("listHolidays",      everyone(), get("/v1/holidays")),
    Row("readHoliday",       everyone(), on_entry("holidays", method="GET")),
    Row("registerHoliday",   "FFFFFFFFF+FF+ FFFFFFFFF FFF", fresh("/v1/holidays", holiday)),
    Row("changeHoliday",     "FFFFFFFFF+FF+ FFFFFFFFF FFF", on_entry("holidays", "", holiday("w0"), "PUT")),
    Row("retireHoliday",     "FFFFFFFFF+FF+ FFFFFFFFF FFF", on_entry("holidays", "/retire", REASON)),
    Row("listNominations",   "FFFFFFFFF+FF+ FFFFFFFFF FFF", get("/v1/nominations")),
    Row("readNomination",    "FFFFFFFFF+FF+ FFFFFFFFF FFF", on_entry("nominations", method="GET")),
    Row("nominate",          "FFFFFFFFFFFF+ FFFFFFFFF FFF", to("/v1/nominations", NOMINATION)),
    # Who nominated does not confirm; taking it back is another matter.
    Row("confirmNomination", "FFFFFFFFF+FFF FFFFFFFFF FFF", on_entry("nominations", "/confirm")),
    Row("declineNomination", "FFFFFFFFF+FF+ FFFFFFFFF FFF", on_entry("nominations", "/decline", REASON)),
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
    Row("listEvidence",      everyone(), get("/v1/evidence", school=cast.SCHOOL)),
    Row("listAlikeEvidence", "F+FFFFFF++FFF FNFFFFFFN FFF", read_evidence("issue", "/alike")),
    Row("listAlikeEvidence", "FNFFFFFF++FFF FNFFFFFFN FFF", read_evidence("tour", "/alike"), "inspection tour"),
    Row("readEvidence",      "+++++++++++NN NNNNNNNNN NNN", read_evidence("issue")),
    Row("readEvidence",      "+++++N+++++NN NNNNNNNNN NNN", read_evidence("visit"), "of a submitted visit"),
    Row("readEvidence",      "NN++NNNN++N+N NNNNNNNNN NNN", read_evidence("tour"), "inspection tour"),
    Row("readEvidence",      "NNNNNNNN+NNNN NNNNNNNNN NNN", read_evidence("unattached"), "of nothing yet"),
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("ledger_heads",      everyone("F"), get("/ledger/lists/heads"), audience="services"),
    Row("ledger_entries",    everyone("F"), get("/ledger/lists/0"), audience="services"),
)  # fmt: skip
