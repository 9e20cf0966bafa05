"""催办, and 督办单: an officer urges with one click, or issues a numbered yellow or red card."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Card, Issue, State, Step, Urging, expect, step
from services.inspection.domain.issue_deadlines import set_day
from services.inspection.domain.moment import Moment, day_of_text
from services.inspection.domain.rules_decisions import CardDecided, CardReceived, HelpLeads, UnknownCard, UrgedToday
from services.inspection.domain.terms import Terms
from services.inspection.domain.wording import COMMANDS_ZH, bounded, required

PRESSED: Final[tuple[State, ...]] = ("assigned", "acknowledged", "planned", "rectifying", "returned")
"""While whoever rectifies is at work: what stands still, or waits for its check, is not hurried."""
DECIDED_IN: Final[tuple[State, ...]] = (*PRESSED, "objected", "help_asked", "reported", "checked", "closed")
_OFFICERS: Final = ("县区教育局或市教育局人员", "an officer of the county or the bureau")
_BUREAU: Final = ("市教育局机关党委", "a bureau officer")
_SCHOOL: Final = ("书记或副书记", "the secretary or the deputy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reprimand:
    """督办单: `number` is new; `earlier_red` counts the school's red cards within the terms' months."""

    number: str
    colour: Literal["yellow", "red"]
    reason: str
    deadline: str
    earlier_red: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class CardDecision:
    """办结 of a card: whether what it asks for was done, and why that is said."""

    card: str
    met: bool
    reason: str


def urge(issue: Issue, authority: Authority, moment: Moment, note: str | None = None) -> Step:
    """催办, once a day: the state stays, the school (or the body that leads) is alerted and must acknowledge."""
    expect(issue, authority, "urge", *PRESSED)
    actor = authority.above("urge", _OFFICERS, authority.county_officer(), authority.bureau_officer())
    if issue.urgings and day_of_text(issue.urgings[-1].at) == moment.day:
        raise UrgedToday
    text = bounded(note, moment.terms.note_length, "催办意见", "note")
    urged = replace(issue, urgings=(*issue.urgings, Urging(at=moment.text, by=actor, note=text)))
    return step(urged, "issue.urged", actor, text)


def issue_card(issue: Issue, authority: Authority, moment: Moment, wanted: Reprimand) -> Step:
    """黄牌 or 红牌 by the bureau: an act of its own, never a consequence of a light."""
    expect(issue, authority, "issue_card", *PRESSED)
    actor = authority.above("issue_card", _BUREAU, authority.bureau_officer())
    if issue.helper is not None:
        raise HelpLeads(command_zh=COMMANDS_ZH["receive_card"], command_en="receive_card")
    card = Card(
        number=required(wanted.number, moment.terms.note_length, "编号", "number"),
        colour=wanted.colour,
        at=moment.text,
        by=actor,
        reason=required(wanted.reason, moment.terms.note_length, "理由", "reason"),
        deadline=set_day(wanted.deadline, moment),
        proposes=_proposal(wanted, moment.terms),
    )
    return step(replace(issue, cards=(*issue.cards, card)), "issue.card_issued", actor, card.reason)


def receive_card(issue: Issue, authority: Authority, moment: Moment, number: str) -> Step:
    """签收督办单, by the secretary or the deputy: in whatever state the issue is by then."""
    expect(issue, authority, "receive_card", *DECIDED_IN)
    actor = authority.within("receive_card", _SCHOOL, authority.secretary(), authority.deputy())
    card = _card(issue, number)
    if card.received_at is not None:
        raise CardReceived
    received = replace(card, received_at=moment.text, received_by=actor)
    return step(_with(issue, card, received), "issue.card_received", actor)


def decide_card(issue: Issue, authority: Authority, moment: Moment, decision: CardDecision) -> Step:
    """办结督办单, by the bureau: what it asked for was done, or was not."""
    expect(issue, authority, "decide_card", *DECIDED_IN)
    actor = authority.above("decide_card", _BUREAU, authority.bureau_officer())
    card = _card(issue, decision.card)
    if card.outcome is not None:
        raise CardDecided
    why = required(decision.reason, moment.terms.note_length, "理由", "reason")
    outcome: Literal["met", "unmet"] = "met" if decision.met else "unmet"
    decided = replace(card, outcome=outcome, decided_at=moment.text, decided_by=actor, decided_reason=why)
    return step(_with(issue, card, decided), "issue.card_decided", actor, why)


def _proposal(wanted: Reprimand, terms: Terms) -> Literal["talk", "notice"] | None:
    red = wanted.earlier_red + (wanted.colour == "red")
    if wanted.colour != "red" or red < min(terms.red_cards_talk, terms.red_cards_notice):
        return None
    return "notice" if red >= terms.red_cards_notice else "talk"


def _card(issue: Issue, number: str) -> Card:
    found = next((card for card in issue.cards if card.number == number), None)
    if found is None:
        raise UnknownCard
    return found


def _with(issue: Issue, before: Card, after: Card) -> Issue:
    return replace(issue, cards=tuple(after if card is before else card for card in issue.cards))
