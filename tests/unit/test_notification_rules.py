"""Who is alerted of what: the alert table of the domain, row by row."""

from dataclasses import replace
from typing import get_args

import pytest

from contracts import roles
from contracts.alerts import Rule as ContractRule
from contracts.lists import ISSUE_EVENTS
from services.notification.domain import surroundings as words
from services.notification.domain.occurrence import Due, Lead, Occurrence
from services.notification.domain.rules import RULES, VERBS, Notice, notices
from services.notification.domain.surroundings import Away, Holding, Surroundings

OCCURRENCE = Occurrence(
    verb="assigned",
    issue="I-1",
    number="2026-0007",
    school="S002",
    source="supervision",
    severity="major",
    mode="deadline",
    team="T-1",
    actor="P-somebody",
    deadline=Due("2026-10-15"),
    acknowledge_by=Due("2026-09-29"),
    handle_by=Due("2026-10-09"),
    unsigned_leads=(),
    barred=frozenset(),
    first_check_passed=False,
    stage_completed=False,
    handed_over=True,
)


def around(*extra: Holding, **changes: object) -> Surroundings:
    holdings = {
        Holding("B001", "secretary", "P-secretary"),
        Holding("B001", "deputy_secretary", "P-deputy"),
        Holding("S002", "contact", "P-contact"),
        Holding("S002", "cadre", "P-cadre"),
        Holding("230822", "county_officer", "P-county1"),
        Holding("230822", "county_officer", "P-county2"),
        Holding("230800", "bureau_officer", "P-bureau1"),
        Holding("230800", "bureau_officer", "P-bureau2"),
        Holding("230800", "organisation_department", "P-organisation"),
        Holding("T-1", "team_leader", "P-leader"),
        Holding("T-1", "team_member", "P-member"),
    }
    whole = Surroundings(
        school="S002",
        school_name="桦南县第二小学",
        covered=True,
        branches=("B001",),
        division="230822",
        city="230800",
        city_direct=False,
        team="T-1",
        holdings=frozenset(holdings | set(extra)),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def without(structure: Surroundings, *persons: str) -> Surroundings:
    return replace(structure, holdings=frozenset(h for h in structure.holdings if h.person not in persons))


def told(occurrence: Occurrence, structure: Surroundings) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for notice in notices(occurrence, structure):
        found.setdefault(notice.rule, []).append(notice.person)
    return found


def when(verb: str, **changes: object) -> Occurrence:
    return replace(OCCURRENCE, verb=verb, **changes)  # type: ignore[arg-type]


def test_rules_and_roles_are_those_of_the_contract() -> None:
    assert {rule.name for rule in RULES} == set(get_args(ContractRule))
    assert {f"inspection.issue.{verb}.v1" for verb in VERBS} <= set(ISSUE_EVENTS)
    named = {v for k, v in vars(words).items() if k.isupper() and isinstance(v, str)}
    assert named <= set(roles.ROLES)


@pytest.mark.parametrize("verb", ["assigned", "returned", "reopened"])
def test_school_side_must_acknowledge(verb: str) -> None:
    found = notices(when(verb), around())
    assert {(n.rule, n.person, n.must_acknowledge) for n in found} == {
        (verb, "P-secretary", True),
        (verb, "P-contact", True),
    }


def test_contact_is_told_only_at_a_covered_school() -> None:
    assert told(when("assigned"), around(covered=False)) == {"assigned": ["P-secretary"]}


def test_deputy_stands_in_only_when_there_is_no_secretary() -> None:
    assert "P-deputy" not in told(when("assigned"), around())["assigned"]
    assert told(when("assigned"), without(around(), "P-secretary"))["assigned"] == ["P-contact", "P-deputy"]


def test_branch_without_officers_of_its_own_leans_on_the_branch_above() -> None:
    structure = around(branches=("B009", "B001"))
    assert told(when("closed"), structure) == {"closed": ["P-secretary"]}
    nearer = around(Holding("B009", "secretary", "P-nearer"), branches=("B009", "B001"))
    assert told(when("closed"), nearer) == {"closed": ["P-nearer"]}


@pytest.mark.parametrize("verb", ["withdrawn", "closed"])
def test_secretary_is_informed_without_acknowledgement(verb: str) -> None:
    found = notices(when(verb), around())
    assert [(n.rule, n.person, n.must_acknowledge) for n in found] == [(verb, "P-secretary", False)]


def test_withdrawal_of_a_draft_that_never_left_the_team_tells_nobody() -> None:
    assert told(when("withdrawn", handed_over=False), around()) == {}


@pytest.mark.parametrize(
    ("severity", "mode", "expected"),
    [
        ("minor", "immediate", ["P-leader"]),
        ("minor", "deadline", ["P-county1", "P-county2"]),
        ("minor", "standing", ["P-county1", "P-county2"]),
        ("major", "immediate", ["P-county1", "P-county2"]),
        ("major", "deadline", ["P-county1", "P-county2"]),
        ("critical", "immediate", ["P-bureau1", "P-bureau2"]),
        (None, None, ["P-county1", "P-county2"]),
    ],
)
def test_submitted_reaches_whoever_must_assign(severity: str | None, mode: str | None, expected: list[str]) -> None:
    assert told(when("submitted", severity=severity, mode=mode), around()) == {"submitted": expected}


def test_city_direct_school_has_the_bureau_for_its_county() -> None:
    structure = around(city_direct=True)
    bureau = ["P-bureau1", "P-bureau2"]
    assert told(when("submitted"), structure) == {"submitted": bureau}
    assert told(when("reported"), structure) == {"reported": bureau}


def test_division_without_an_officer_is_served_by_the_bureau() -> None:
    structure = without(around(), "P-county1", "P-county2")
    assert told(when("submitted"), structure) == {"submitted": ["P-bureau1", "P-bureau2"]}


def test_minor_immediate_outside_any_visit_is_the_countys() -> None:
    structure = around(team=None)
    found = told(when("submitted", severity="minor", mode="immediate", team=None), structure)
    assert found == {"submitted": ["P-county1", "P-county2"]}


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("minor", ["P-county1", "P-county2", "P-leader"]),
        ("major", ["P-county1", "P-county2"]),
        ("critical", ["P-county1", "P-county2"]),
    ],
)
def test_reported_reaches_whoever_checks_first(severity: str | None, expected: list[str]) -> None:
    assert told(when("reported", severity=severity), around()) == {"reported": expected}


def test_nobody_is_asked_to_judge_own_work() -> None:
    structure = around(Holding("S002", "cadre", "P-county1"))
    assert told(when("reported", barred=frozenset({"P-county2"})), structure) == {}


def test_first_passed_check_of_a_critical_issue_reaches_the_other_bureau_officers() -> None:
    critical = when("checked", severity="critical", first_check_passed=True, actor="P-bureau1")
    assert told(critical, around()) == {"checked": ["P-bureau2"]}
    assert told(replace(critical, severity="major"), around()) == {}
    assert told(replace(critical, first_check_passed=False), around()) == {}


@pytest.mark.parametrize("verb", ["planned", "replanned"])
def test_leads_who_have_not_signed_are_asked_to(verb: str) -> None:
    found = notices(when(verb, unsigned_leads=(Lead("P-lead", Due("2026-10-08")),)), around())
    assert [(n.rule, n.person, n.must_acknowledge) for n in found] == [("to_sign", "P-lead", False)]
    assert "2026-10-08" in found[0].text
    assert told(when(verb), around()) == {}


def test_nobody_is_alerted_of_own_act() -> None:
    assert told(when("assigned", actor="P-secretary"), around()) == {"assigned": ["P-contact"]}
    own = when("planned", actor="P-lead", unsigned_leads=(Lead("P-lead", Due("2026-10-08")),))
    assert told(own, around()) == {}


def test_one_person_in_two_roles_gets_one_alert() -> None:
    structure = around(Holding("S002", "contact", "P-secretary"), Holding("230822", "county_officer", "P-leader"))
    assert told(when("assigned"), structure)["assigned"] == ["P-contact", "P-secretary"]
    assert told(when("reported", severity="minor"), structure)["reported"].count("P-leader") == 1


def test_inspection_tour_is_kept_from_those_who_need_not_act() -> None:
    tour = when("assigned", source="inspection_tour")
    assert told(tour, around()) == {"assigned": ["P-secretary"]}
    assert told(replace(tour, verb="reported"), around()) == {"reported": ["P-county1", "P-county2"]}


@pytest.mark.parametrize("verb", ["drafted", "amended", "acknowledged", "signed", "progressed", "stage_passed", "new"])
def test_other_events_alert_nobody(verb: str) -> None:
    leads = (Lead("P-lead", Due("2026-10-08")),)
    assert notices(when(verb, unsigned_leads=leads), around()) == ()


def one(occurrence: Occurrence) -> Notice:
    return notices(occurrence, around())[0]


def test_texts_name_the_issue_the_school_and_the_day() -> None:
    notice = one(when("assigned", deadline=Due("2027-01-15", provisional=True)))
    assert notice.title == "待签收：问题 2026-0007"
    assert notice.text == (
        "桦南县第二小学：问题 2026-0007已交办，请于 2026-09-29 前签收；整改期限 2027-01-15（暂定）。"
    )


def test_texts_do_without_what_is_not_known() -> None:
    notice = one(when("submitted", number=None, handle_by=None))
    assert (notice.title, notice.text) == ("待交办：一项问题", "桦南县第二小学：一项问题已提交，请尽快交办。")
    assert "长期坚持" in one(when("assigned", deadline=None)).text
    assert "阶段性完成" in one(when("closed", stage_completed=True)).text


def test_the_same_facts_give_the_same_notices() -> None:
    assert notices(when("assigned"), around()) == notices(when("assigned"), around())


def test_while_the_secretary_is_away_the_deputy_who_acts_is_told_too() -> None:
    trip = Away("P-secretary", "2026-09-22", "2026-09-23")
    before, during, after = (around(absences=frozenset({trip})).on(f"2026-09-{day}") for day in (21, 22, 24))
    told = [{notice.person for notice in notices(OCCURRENCE, one)} for one in (before, during, after)]
    assert told == [
        {"P-secretary", "P-contact"},
        {"P-secretary", "P-deputy", "P-contact"},
        {"P-secretary", "P-contact"},
    ]


def test_a_deputy_who_is_away_as_well_is_not_told() -> None:
    trips = frozenset(Away(person, "2026-09-22", "2026-09-23") for person in ("P-secretary", "P-deputy"))
    here = Holding("B001", "deputy_secretary", "P-second")
    assert around(absences=trips).on("2026-09-22").secretaries() == ("P-secretary",)
    assert around(here, absences=trips).on("2026-09-22").secretaries() == ("P-second", "P-secretary")


def test_nobody_of_the_branch_is_asked_to_judge_and_a_linked_leader_may_be() -> None:
    reported = replace(OCCURRENCE, verb="reported")
    linked = Holding("B001", "liaison_leader", "P-county2")
    told = {notice.person for notice in notices(reported, around(linked, members=frozenset({"P-county1"})))}
    assert told == {"P-county2"}
