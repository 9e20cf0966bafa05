"""Who is alerted of what is asked and decided beside an issue's straight way: the alert table of the domain."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from contracts import lists
from contracts.lists import Deadline, Recount
from contracts.samples import sample_of
from runtime.canonical import encode
from services.notification.application.issue_events import occurrence_of
from services.notification.domain.occurrence import CardTold, Due
from services.notification.domain.rules import notices
from services.notification.domain.surroundings import Holding
from tests.unit.test_notification_raising import entry_of, event_of, raised, structure
from tests.unit.test_notification_rules import around, told, when, without

COUNTY = ["P-county1", "P-county2"]
BUREAU = ["P-bureau1", "P-bureau2"]
CARD = CardTold("DB-2026-0001", red=True, due=Due("2026-10-20"), met=False)


@pytest.mark.parametrize("verb", ["objection_decided", "help_decided", "extension_decided", "card_decided"])
def test_what_was_decided_is_told_to_the_secretary_alone(verb: str) -> None:
    found = notices(when(verb, card=CARD), around())
    assert [(n.rule, n.person, n.must_acknowledge) for n in found] == [(verb, "P-secretary", False)]


@pytest.mark.parametrize("verb", ["urged", "card_issued"])
def test_urging_and_cards_must_be_acknowledged_by_the_school(verb: str) -> None:
    found = notices(when(verb, card=CARD), around())
    assert {(n.rule, n.person, n.must_acknowledge) for n in found} == {
        (verb, "P-secretary", True),
        (verb, "P-contact", True),
    }


def test_an_objection_reaches_the_issuing_body_but_not_the_assigner() -> None:
    assert told(when("objected", issuer="230822", assigner="P-county1"), around()) == {"objected": ["P-county2"]}
    assert told(when("objected", issuer="230800", assigner="P-bureau2"), around()) == {"objected": ["P-bureau1"]}


def test_where_the_assigner_is_the_only_officer_the_bureau_decides() -> None:
    alone = without(around(), "P-county2")
    assert told(when("objected", issuer="230822", assigner="P-county1"), alone) == {"objected": BUREAU}


def test_nobody_of_the_school_is_asked_to_decide() -> None:
    own = around(Holding("S002", "cadre", "P-county2"), Holding("B001", "cadre", "P-bureau1"))
    assert told(when("objected", issuer="230822", assigner="P-county1"), own) == {"objected": ["P-bureau2"]}
    assert told(when("help_asked", asked="230822"), own) == {"help_asked": ["P-county1"]}
    assert told(when("extension_asked", issuer="230800"), own) == {"extension_asked": ["P-bureau2"]}


@pytest.mark.parametrize(("verb", "body", "expected"), [("help_asked", "230822", COUNTY),
                                                        ("help_passed_up", "230800", BUREAU)])  # fmt: skip
def test_a_request_for_help_reaches_the_body_that_is_asked(verb: str, body: str, expected: list[str]) -> None:
    assert told(when(verb, asked=body), around()) == {"help_asked": expected}


def test_an_extension_is_decided_by_the_issuing_body() -> None:
    assert told(when("extension_asked", issuer="230822"), around()) == {"extension_asked": COUNTY}
    assert told(when("extension_asked", issuer="230800"), around()) == {"extension_asked": BUREAU}


def test_what_a_higher_body_leads_is_its_officers_to_hear_of() -> None:
    led = around()
    assert told(when("urged", helper="230822"), led) == {"urged": COUNTY}
    assert told(when("extension_decided", helper="230822", actor="P-county1"), led) == {
        "extension_decided": ["P-county2"]
    }
    returned = told(when("returned", helper="230822"), led)
    assert returned == {"returned": ["P-contact", "P-county1", "P-county2", "P-secretary"]}


def test_what_a_body_rectified_is_checked_by_others_of_it_and_not_by_the_team() -> None:
    minor = when("reported", severity="minor", helper="230822", barred=frozenset({"P-county1"}))
    assert told(minor, around()) == {"reported": ["P-county2"]}
    assert told(when("reported", helper="230800"), around()) == {"reported": BUREAU}


def test_the_inspection_tours_cards_are_kept_from_the_contact() -> None:
    assert told(when("card_issued", card=CARD, source="inspection_tour"), around()) == {"card_issued": ["P-secretary"]}


def text(verb: str, **changes: Any) -> str:
    return notices(when(verb, **changes), around())[0].text


def test_texts_say_how_it_was_decided() -> None:
    assert "异议成立" in text("objection_decided", favourable=True)
    assert "继续整改；整改期限 2026-10-15" in text("objection_decided", favourable=False)
    assert "由上级受理" in text("help_decided", favourable=True)
    assert "未获受理" in text("help_decided", favourable=False)
    assert "已准予延期；整改期限 2026-10-15" in text("extension_decided", favourable=True)
    assert "未获准" in text("extension_decided", favourable=False)
    assert "红牌督办单 DB-2026-0001，请签收，并于 2026-10-20 前办结" in text("card_issued", card=CARD)
    assert "未落实" in text("card_decided", card=CARD)
    assert "请于 2026-10-09 前复核" in text("objected", issuer="230822")


def occurrence(verb: str, **changes: Any) -> Any:
    type_ = f"inspection.issue.{verb}.v1"
    event = msgspec.convert(sample_of(type_), lists.IssueEvent)
    entry = msgspec.structs.replace(event.entry, **changes)
    return occurrence_of(entry_of(type_, encode(msgspec.structs.replace(event, entry=entry))))


def test_what_was_decided_is_read_from_the_entry() -> None:
    assert occurrence("objection_decided", state="withdrawn").favourable is True
    assert occurrence("objection_decided", state="assigned").favourable is False
    assert occurrence("help_decided", helper=None).favourable is False
    assert occurrence("help_decided", helper="230822").favourable is True
    assert occurrence("extension_decided").favourable is True
    assert occurrence("assigned").favourable is None


def test_the_card_is_the_one_that_the_event_is_about() -> None:
    (card,) = msgspec.convert(sample_of("inspection.issue.card_issued.v1"), lists.IssueEvent).entry.cards
    older = msgspec.structs.replace(card, at="2026-01-01T00:00:00.000000Z", decided_at=None, number="DB-1")
    newer = msgspec.structs.replace(card, decided_at=None, number="DB-2", colour="red")
    found = occurrence("card_issued", cards=(older, newer))
    assert (found.card.number, found.card.red) == ("DB-2", True)
    assert occurrence("assigned", cards=(older, newer)).card is None


async def test_officers_of_a_body_elsewhere_are_told_as_well() -> None:
    type_ = "inspection.issue.urged.v1"
    event = msgspec.convert(sample_of(type_), lists.IssueEvent)
    led = msgspec.structs.replace(event, entry=msgspec.structs.replace(event.entry, helper="230888", helps=()))
    (unit,) = await raised(entry_of(type_, encode(led)), by_seq={41: structure("P-a")})
    assert [change.state["person"] for change in unit.changes] == ["P-officer-of-230888"]


def test_a_task_from_above_is_checked_by_whoever_gave_it() -> None:
    assert told(when("reported", from_above=True, issuer="230822"), around()) == {"reported": COUNTY}
    assert told(when("reported", from_above=True, issuer="230800"), around()) == {"reported": BUREAU}
    led_by_bureau = when("reported", from_above=True, issuer="230822", helper="230800")
    assert told(led_by_bureau, around()) == {"reported": BUREAU}


def test_a_task_from_above_is_called_a_task() -> None:
    (notice, *_) = notices(when("assigned", from_above=True), around())
    assert "任务" in notice.title
    assert "问题" not in notice.title + notice.text


def test_a_deadline_that_a_calendar_moved_is_told_to_who_answers_for_it() -> None:
    moved = when("recounted", lead="P-lead", moved=True, deadline=Due("2027-01-20"))
    found = notices(moved, around())
    assert [(n.rule, n.person, n.must_acknowledge) for n in found] == [
        ("recounted", "P-lead", False), ("recounted", "P-secretary", False),
    ]  # fmt: skip
    assert "2027-01-20。" in found[0].text
    assert told(replace(moved, helper="230822"), around()) == {"recounted": [*COUNTY, "P-lead"]}
    assert told(replace(moved, moved=False), around()) == {}


def test_only_a_recount_at_that_instant_to_another_day_moved_it() -> None:
    type_ = "inspection.issue.recounted.v1"
    event = event_of(type_)

    def moved(at: str, before: str) -> bool:
        told = Recount(at=at, before=Deadline(day=before, provisional=True), after=Deadline(day="2027-01-20"))
        occurrence = occurrence_of(entry_of(type_, encode(event_of(type_, recounts=(told,)))))
        assert occurrence is not None
        return occurrence.moved

    assert moved(event.cause.at, "2027-01-19")
    assert not moved(event.cause.at, "2027-01-20")
    assert not moved("2026-01-01T00:00:00.000000Z", "2027-01-19")
