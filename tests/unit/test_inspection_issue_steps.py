"""Every command in every state: where it leads, or by which rule it is refused."""

from typing import get_args

import pytest

from services.inspection.domain.issue import State
from services.inspection.domain.issue_pressing import DECIDED_IN, PRESSED
from services.inspection.domain.rules import Broken, IllegalStep, IssueEnded
from tests.unit.inspection_city import PEOPLE
from tests.unit.inspection_scene import ARGUMENTS, ASIDE_ARGUMENTS, ASIDES, COMMANDS, Scene

SAME = "same"
EVERY = {**COMMANDS, **ASIDES}
LEADS_TO: dict[str, dict[str, str]] = {
    "amend": {"drafted": SAME, "submitted": SAME},
    "submit": {"drafted": "submitted"},
    "assign": {"submitted": "assigned"},
    "acknowledge": {"assigned": "acknowledged"},
    "plan": {"acknowledged": "planned"},
    "replan": {"planned": SAME, "rectifying": SAME, "returned": SAME},
    "sign": {"planned": SAME},
    "progress": {"rectifying": SAME, "returned": "rectifying"},
    "report": {"rectifying": "reported"},
    "check": {"reported": "closed", "checked": "closed"},
    "withdraw": dict.fromkeys(set(get_args(State)) - {"closed", "withdrawn", "merged"}, "withdrawn"),
    "reopen": {"closed": "rectifying"},
    "object": {"assigned": "objected", "acknowledged": "objected"},
    "decide_objection": {"objected": "acknowledged"},
    "ask_help": dict.fromkeys(("acknowledged", "planned", "rectifying"), "help_asked"),
    "pass_up": {"help_asked": SAME},
    "decide_help": {"help_asked": "acknowledged"},
    "ask_extension": dict.fromkeys(("acknowledged", "planned", "rectifying", "returned"), SAME),
    "decide_extension": {},
    "merge": {"submitted": "merged"},
    "correct": dict.fromkeys(set(get_args(State)) - {"drafted", "submitted", "closed", "withdrawn", "merged"}, SAME),
    "give_opinion": dict.fromkeys(("planned", "rectifying", "returned", "reported", "checked"), SAME),
    "urge": dict.fromkeys(PRESSED, SAME),
    "issue_card": dict.fromkeys(PRESSED, SAME),
    "receive_card": {},
    "decide_card": {},
}
DOERS: dict[str, str | dict[str, str]] = {
    "amend": {"drafted": "member", "submitted": "county"},
    "submit": "leader",
    "assign": "county",
    "acknowledge": "secretary",
    "plan": "secretary",
    "replan": "secretary",
    "sign": "teacher",
    "progress": "teacher",
    "report": "secretary",
    "check": {"reported": "county", "checked": "bureau"},
    "withdraw": {"drafted": "member", "submitted": "member", "checked": "bureau"},
    "reopen": "bureau",
    "object": "secretary",
    "decide_objection": "county two",
    "ask_help": "secretary",
    "pass_up": "county",
    "decide_help": "county",
    "ask_extension": "secretary",
    "decide_extension": "county",
    "merge": "county",
    "correct": {"checked": "bureau"},
    "give_opinion": "member",
    "urge": "county",
    "issue_card": "bureau",
    "receive_card": "secretary",
    "decide_card": "bureau",
}
# What the state allows, and yet another rule refuses: a signature comes first, and is given once.
ELSE_REFUSED = {
    ("progress", "planned"): "sign-before-progress",
    ("sign", "rectifying"): "already-signed",
    ("sign", "returned"): "already-signed",
    **{("decide_extension", state): "nothing-asked" for state in ("acknowledged", "planned", "rectifying", "returned")},
    **{(command, state): "unknown-card" for command in ("receive_card", "decide_card") for state in DECIDED_IN},
}


def doer(command: str, state: str) -> str:
    who = DOERS[command]
    return who if isinstance(who, str) else who.get(state, "county")


def named(value: object) -> str:
    return value if isinstance(value, str) else ""


def a_scene(state: str) -> Scene:
    return Scene(severity="critical" if state == "checked" else "major").until(state)


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("command", [*COMMANDS, *ASIDES])
def test_a_step_leads_on_or_is_refused_by_its_rule(command: str, state: str) -> None:
    scene = a_scene(state)
    before = scene.issue
    assert before.state == state
    arguments = {**ARGUMENTS, **ASIDE_ARGUMENTS}[command](scene)
    expected = LEADS_TO[command].get(state)
    if expected is not None:
        scene.do(EVERY[command], doer(command, state), *arguments)
        assert scene.issue.state == (state if expected == SAME else expected)
        assert len(scene.history[-1].events) == 1
        return
    with pytest.raises(Broken) as refused:
        scene.do(EVERY[command], doer(command, state), *arguments)
    ended = state in ("closed", "withdrawn", "merged")
    plain = IssueEnded.code if ended else IllegalStep.code
    assert refused.value.code == ELSE_REFUSED.get((command, state), plain)
    assert refused.value.kind == ("input" if refused.value.code == "unknown-card" else "state")
    assert scene.issue is before


def test_the_refusal_says_state_and_step_in_both_languages() -> None:
    scene = Scene().until("closed")
    with pytest.raises(IssueEnded) as refused:
        scene.do(COMMANDS["report"], "secretary", "又报")
    assert refused.value.text_zh == "问题已销号，不能再申请销号"
    assert refused.value.text_en == "the issue is closed and cannot take the step: report"
    assert refused.value.detail["state"] == "closed"


# Who may: by command, state and severity. Everybody else in the city is refused.
OFFICERS = {"county", "county two", "both", "bureau", "bureau two", "bureau three"}
BUREAU = {"both", "bureau", "bureau two", "bureau three"}
COUNTY = {"county", "county two", "both"}
SCHOOL = {"secretary"}
MAY = [
    ("amend", "drafted", "major", {"member", "leader"}),
    ("amend", "submitted", "major", OFFICERS),
    ("submit", "drafted", "major", {"leader"}),
    ("assign", "submitted", "minor", OFFICERS),
    ("assign", "submitted", "major", OFFICERS),
    ("assign", "submitted", "critical", BUREAU),
    ("acknowledge", "assigned", "major", {"secretary", "deputy"}),
    ("plan", "acknowledged", "major", SCHOOL),
    ("replan", "planned", "major", SCHOOL),
    ("sign", "planned", "major", {"teacher"}),
    ("progress", "signed", "major", {"teacher", "cadre"}),
    ("report", "rectifying", "major", SCHOOL),
    ("check", "reported", "minor", OFFICERS | {"leader"}),
    ("check", "reported", "major", OFFICERS),
    ("check", "reported", "critical", COUNTY),
    ("check", "checked", "critical", BUREAU),
    ("withdraw", "drafted", "major", {"member"}),
    ("withdraw", "submitted", "major", {"member"} | OFFICERS),
    ("withdraw", "assigned", "major", COUNTY),
    ("withdraw", "assigned", "critical", BUREAU),
    ("reopen", "closed", "minor", OFFICERS),
    ("reopen", "closed", "major", BUREAU),
    ("reopen", "finally closed", "critical", BUREAU - {"bureau two"}),
    ("merge", "submitted", "major", OFFICERS),
    ("object", "assigned", "major", SCHOOL),
    ("object", "acknowledged", "major", SCHOOL),
    ("decide_objection", "objected", "major", OFFICERS - {"county"}),  # who assigned it
    ("decide_objection", "objected", "critical", BUREAU - {"bureau"}),
    ("ask_help", "planned", "major", SCHOOL),
    ("pass_up", "help_asked", "major", COUNTY),
    ("decide_help", "help_asked", "major", COUNTY),
    ("plan", "helped", "major", COUNTY),
    ("ask_extension", "planned", "major", SCHOOL),
    ("ask_extension", "helped", "major", COUNTY),
    ("correct", "assigned", "major", COUNTY),
    ("correct", "assigned", "critical", BUREAU),
    ("give_opinion", "rectifying", "major", {"member", "member two", "leader"}),
    ("urge", "planned", "major", OFFICERS),
    ("issue_card", "planned", "major", BUREAU),
]


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(("command", "state", "severity", "allowed"), MAY, ids=named)
def test_only_who_may_does_it(command: str, state: str, severity: str, allowed: set[str], who: str) -> None:
    scene = Scene(severity=severity).until(state)  # type: ignore[arg-type]
    arguments = {**ARGUMENTS, **ASIDE_ARGUMENTS}[command](scene)
    if who in allowed:
        scene.do(EVERY[command], who, *arguments)
        assert scene.history[-1].actor.person == who
    else:
        with pytest.raises(Broken) as refused:
            scene.do(EVERY[command], who, *arguments)
        assert refused.value.kind == "forbidden"


# At a city-direct school 市直 the bureau acts for the county, and the county officer of elsewhere has no say.
DIRECT_MAY = [
    ("assign", "submitted", "major", BUREAU),
    ("check", "reported", "minor", BUREAU | {"leader", "own member"}),  # who leads the team, and is of another school
    ("check", "reported", "major", BUREAU),
    ("check", "reported", "critical", BUREAU),
    ("check", "checked", "critical", BUREAU - {"bureau"}),
    ("withdraw", "assigned", "major", BUREAU),
    ("reopen", "closed", "minor", BUREAU),
    ("reopen", "closed", "major", BUREAU - {"bureau"}),
    ("plan", "acknowledged", "major", {"direct secretary"}),
    ("decide_objection", "objected", "major", BUREAU - {"bureau"}),
    ("decide_help", "help_asked", "major", BUREAU),
    ("plan", "helped", "major", BUREAU),
    ("correct", "assigned", "major", BUREAU),
    ("urge", "planned", "major", BUREAU),
]


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(("command", "state", "severity", "allowed"), DIRECT_MAY, ids=named)
def test_the_bureau_acts_for_the_county_at_city_direct_schools(
    command: str, state: str, severity: str, allowed: set[str], who: str
) -> None:
    scene = Scene(severity=severity, at="S3").until(state)  # type: ignore[arg-type]
    arguments = {**ARGUMENTS, **ASIDE_ARGUMENTS}[command](scene)
    if who in allowed:
        scene.do(EVERY[command], who, *arguments)
        assert scene.history[-1].actor.person == who
    else:
        with pytest.raises(Broken) as refused:
            scene.do(EVERY[command], who, *arguments)
        assert refused.value.kind == "forbidden"


def test_authority_over_another_school_is_a_mistake_of_the_program() -> None:
    scene = Scene().until("submitted")
    scene.place = Scene(at="S3").place
    with pytest.raises(ValueError, match="S3"):
        scene.do(COMMANDS["assign"], "bureau", scene.order())
