"""From a sealed entry of the lists ledger to the occurrence that alerting cares about."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from contracts.lists import Clock, Issue, IssueEvent, Responsibility
from contracts.lists import Deadline as WireDeadline
from runtime.ledger.model import Entry
from services.notification.application.event_data import data_of
from services.notification.domain.occurrence import CardTold, Due, Lead, Occurrence
from services.notification.domain.rules import VERBS

_PREFIX: Final = "inspection.issue."
_SUFFIX: Final = ".v1"
_TYPES: Final = {f"{_PREFIX}{verb}{_SUFFIX}": verb for verb in VERBS}
_DECODER: Final = msgspec.json.Decoder(IssueEvent)


def occurrence_of(entry: Entry) -> Occurrence | None:
    """What the entry tells, None where no rule listens; raises `ValueError` on data that is not an issue's event."""
    verb = _TYPES.get(entry.type)
    return None if verb is None else _occurrence(verb, data_of(entry, _DECODER))


def _occurrence(verb: str, event: IssueEvent) -> Occurrence:
    issue = event.entry
    return Occurrence(
        verb=verb,
        issue=issue.id,
        number=issue.number,
        school=issue.school,
        source=issue.source,
        severity=issue.severity,
        mode=issue.mode,
        team=issue.team,
        actor=event.cause.actor.person,
        deadline=_due(issue.deadline or issue.next_check),
        acknowledge_by=_due(issue.acknowledge_by),
        handle_by=_running(issue.clock),
        unsigned_leads=tuple(_lead(row) for row in issue.responsibilities if _must_sign(row)),
        barred=_barred(issue),
        first_check_passed=_first_check_passed(issue),
        stage_completed=bool(issue.closings) and issue.closings[-1].kind == "stage_completed",
        handed_over=issue.submitted_at is not None,
        issuer=issue.issuer,
        assigner=issue.assigned_by.person if issue.assigned_by else None,
        helper=issue.helper,
        asked=issue.helps[-1].body if issue.helps else None,
        favourable=_DECIDED[verb](issue) if verb in _DECIDED else None,
        card=_card(issue, event.cause.at) if verb.startswith("card_") else None,
        from_above=issue.assignment is not None,
        lead=_in_lead(issue),
        moved=any(one.at == event.cause.at and one.before.day != one.after.day for one in issue.recounts),
    )


def _due(deadline: WireDeadline | None) -> Due | None:
    return None if deadline is None else Due(deadline.day, deadline.provisional)


def _running(clock: Clock) -> Due | None:
    return None if clock.owner == "none" else _due(clock.due)


def _must_sign(row: Responsibility) -> bool:
    return row.part == "lead" and row.signed_at is None and row.superseded_at is None


def _in_lead(issue: Issue) -> str | None:
    rows = issue.responsibilities
    return next((row.person for row in rows if row.part == "lead" and row.superseded_at is None), None)


def _lead(row: Responsibility) -> Lead:
    return Lead(row.person, Due(row.sign_by.day, row.sign_by.provisional))


def _barred(issue: Issue) -> frozenset[str]:
    planners = {*issue.planners, *([issue.planned_by.person] if issue.planned_by else [])}
    responsible = {row.person for row in issue.responsibilities}
    named = (person for report in issue.reports for person in (report.by.person, report.by.acting_for))
    return frozenset(planners | responsible | {person for person in named if person is not None})


def _first_check_passed(issue: Issue) -> bool:
    return bool(issue.checks) and issue.checks[-1].step == "first" and issue.checks[-1].passed


def _card(issue: Issue, at: str) -> CardTold | None:
    """The card that was issued or decided at that instant."""
    card = next((card for card in issue.cards if at in {card.at, card.decided_at}), None)
    if card is None:
        return None
    return CardTold(card.number, card.colour == "red", Due(card.deadline.day), card.outcome == "met")


_DECIDED: Final[Mapping[str, Callable[[Issue], bool]]] = {
    "objection_decided": lambda issue: issue.state == "withdrawn",
    "help_decided": lambda issue: issue.helper is not None,
    "extension_decided": lambda issue: bool(issue.extensions) and issue.extensions[-1].outcome == "granted",
}
