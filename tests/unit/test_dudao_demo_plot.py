from collections import Counter

import pytest

from contracts.registry import Checklist
from dudao.city import DATA, City, read_checklist, read_city
from dudao.demo.answers import Finding, Seen, Sheet, fails, fill_sheet, seen_by_school
from dudao.demo.asides import chosen
from dudao.demo.draw import Draw, picture
from dudao.demo.fates import Fate, fate_of, steps
from dudao.demo.visits import Case


@pytest.fixture(scope="module")
def city() -> City:
    return read_city(DATA / "jiamusi")


@pytest.fixture(scope="module")
def checklist() -> Checklist:
    return read_checklist(DATA / "standards" / "school-branch.yaml")


@pytest.fixture(scope="module")
def sheets(city: City, checklist: Checklist) -> dict[str, tuple[Seen, Sheet]]:
    draw = Draw(1)
    return {school: (seen, fill_sheet(checklist, seen, draw)) for school, seen in seen_by_school(city).items()}


def test_draws_are_the_same_each_time_and_fill_the_interval() -> None:
    fractions = [Draw(7).fraction("x", str(n)) for n in range(2000)]
    assert fractions == [Draw(7).fraction("x", str(n)) for n in range(2000)]
    assert all(0 <= fraction < 1 for fraction in fractions)
    assert 0.47 < sum(fractions) / len(fractions) < 0.53
    assert Draw(8).fraction("x", "0") != fractions[0]


def test_options_are_drawn_by_weight() -> None:
    drawn = Counter(Draw(1).one_of({"often": 9, "never": 0, "rarely": 1}, str(n)) for n in range(2000))
    assert drawn["never"] == 0
    assert 120 < drawn["rarely"] < 280


def test_nothing_can_be_drawn_from_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Draw(1).one_of({}, "x")


def test_integers_reach_both_ends() -> None:
    assert {Draw(1).between(2, 4, str(n)) for n in range(200)} == {2, 3, 4}


def test_a_picture_is_a_png_and_differs_by_name() -> None:
    assert picture("a").startswith(b"\x89PNG\r\n\x1a\n")
    assert picture("a") == picture("a") != picture("b")


def test_counted_answers_add_up_to_the_indicators(city: City, sheets: dict[str, tuple[Seen, Sheet]]) -> None:
    checklist = read_checklist(DATA / "standards" / "school-branch.yaml")
    indicator = {item.code: item.indicator for item in checklist.items if item.type == "count"}
    answered: Counter[str | None] = Counter()
    for _, sheet in sheets.values():
        for answer in sheet.answers:
            if answer.item in indicator:
                answered[indicator[answer.item]] += int(answer.value or 0)
    in_files: Counter[str] = Counter()
    for counts in city.indicators.values():
        in_files.update(counts)
    assert answered == in_files


def test_items_about_the_branch_are_answered_at_its_lead_school_only(
    checklist: Checklist, sheets: dict[str, tuple[Seen, Sheet]]
) -> None:
    of_branch = {item.code for item in checklist.items if item.subject == "branch"}
    for school, (seen, sheet) in sheets.items():
        answered = {answer.item for answer in sheet.answers} & of_branch
        assert bool(answered) == (school == seen.branch.lead_school)


def test_a_school_without_a_room_of_its_own_shares_its_lead_school_s(sheets: dict[str, tuple[Seen, Sheet]]) -> None:
    without = [(seen, sheet) for seen, sheet in sheets.values() if not seen.counts["activity_room"]]
    assert without
    for seen, sheet in without:
        (room,) = (answer for answer in sheet.answers if answer.item == "C1")
        assert (room.value, room.shared_with) == (None, seen.branch.lead_school)


def test_items_are_answered_only_where_they_apply(sheets: dict[str, tuple[Seen, Sheet]]) -> None:
    for seen, sheet in sheets.values():
        answered = {answer.item for answer in sheet.answers}
        assert ("E4" in answered) == (seen.school.level != "primary")
        assert ("B2" in answered) == (seen.school.organised != "own")
        assert ("A3" in answered) == seen.pilot
        assert ("B1" in answered) == (seen.school.organised == "own" and seen.school.party_members >= 50)
        assert not answered & {"G1", "G2", "H1", "H2"}


def test_every_failed_answer_is_a_finding_and_nothing_else_about_an_item_is(
    checklist: Checklist, sheets: dict[str, tuple[Seen, Sheet]]
) -> None:
    items = {item.code: item for item in checklist.items}
    for _, sheet in sheets.values():
        failed = [answer.item for answer in sheet.answers if fails(items[answer.item], answer)]
        assert [finding.item for finding in sheet.findings if finding.item] == failed


def test_there_are_several_hundred_findings(sheets: dict[str, tuple[Seen, Sheet]]) -> None:
    assert 300 < sum(len(sheet.findings) for _, sheet in sheets.values()) < 800


def _finding(severity: str = "major", mode: str = "deadline") -> Finding:
    return Finding("A1", "主体责任", "x", severity, mode, evidence=False)


def _fate(end: str, *, returned_first: bool = False, stops_between: bool = False) -> Fate:
    return Fate(end, returned_first, new_lead=False, stops_between=stops_between)


def test_a_submitted_issue_is_left_alone() -> None:
    assert list(steps(_fate("submitted"), _finding())) == []


def test_a_returned_issue_goes_round_again() -> None:
    assert list(steps(_fate("closed", returned_first=True), _finding())) == [
        "assign", "acknowledge", "plan", "sign", "start", "finish", "report", "return", "finish", "report", "pass",
    ]  # fmt: skip


def test_a_critical_issue_is_confirmed_by_the_bureau() -> None:
    assert list(steps(_fate("closed"), _finding("critical")))[-2:] == ["pass", "confirm"]
    assert list(steps(_fate("closed", stops_between=True), _finding("critical")))[-1] == "pass"


def test_a_standing_issue_needs_two_stages() -> None:
    assert list(steps(_fate("closed"), _finding(mode="standing"))).count("pass") == 2
    assert list(steps(_fate("reopened", stops_between=True), _finding(mode="standing"))).count("pass") == 1


def test_only_what_was_closed_is_reopened() -> None:
    assert list(steps(_fate("reopened"), _finding()))[-2:] == ["pass", "reopen"]


def test_the_mixture_has_every_step() -> None:
    draw = Draw(1)
    taken = {step for n in range(400) for step in steps(fate_of(str(n), draw), _finding("critical"))}
    assert taken == {
        "assign", "withdraw", "acknowledge", "plan", "replan", "sign", "start", "finish", "report", "return", "pass",
        "confirm", "reopen",
    }  # fmt: skip


def test_asides_are_a_few_of_each_and_no_issue_meets_two_of_them() -> None:
    finding = Finding("C1", "其他", "无标识", "major", "deadline", evidence=False)
    states = ("submitted", "assigned", "acknowledged", "planned", "rectifying", "reported", "closed")
    ended = [(Case(f"{state}-{n}", f"S{n}", "P", finding), state) for n in range(12) for state in states]
    found = chosen(ended)
    told = {(aside.name, aside.case.issue, aside.other and aside.other.issue) for aside in found}
    assert told == {(one.name, one.case.issue, one.other and one.other.issue) for one in chosen(ended[::-1])}
    met = [issue for _, *issues in told for issue in issues if issue]
    assert len(met) == len(set(met))
    assert {name for name, *_ in told} == {
        "object", "overrule", "uphold", "urge", "ask help", "accept help", "refuse help", "pass help up",
        "ask extension", "extend", "refuse extension", "yellow card", "red card", "met card", "merge", "recur",
    }  # fmt: skip
    for aside in found:
        assert aside.other is None or aside.other.school == aside.case.school


def test_a_city_with_little_left_has_few_asides() -> None:
    finding = Finding("C1", "其他", "无标识", "major", "deadline", evidence=False)
    alone = [(Case("I1", "S1", "P", finding), "submitted"), (Case("I2", "S2", "P", finding), "closed")]
    assert chosen(alone) == []
