"""The alert rules that events alone trigger: a pure function of the occurrence and the structure of its time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.notification.domain.occurrence import Lead, Occurrence
from services.notification.domain.surroundings import Surroundings
from services.notification.domain.wording import message

CRITICAL: Final = "critical"
MINOR: Final = "minor"
IMMEDIATE: Final = "immediate"


@dataclass(frozen=True, slots=True)
class Notice:
    """One person is to be told one thing. (event, rule, person) identifies it."""

    rule: str
    person: str
    title: str
    text: str
    must_acknowledge: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is told, whether an acknowledgement is asked for, and the events' verbs that trigger it."""

    name: str
    verbs: frozenset[str]
    addressees: Callable[[Occurrence, Surroundings], Iterable[str]]
    must_acknowledge: bool = False


def notices(occurrence: Occurrence, around: Surroundings) -> tuple[Notice, ...]:
    """Every notice the occurrence gives rise to, by rule and person; nobody is told of their own act."""
    return tuple(
        _notice(rule, person, occurrence, around)
        for rule in RULES_OF.get(occurrence.verb, ())
        for person in sorted(set(rule.addressees(occurrence, around)) - {occurrence.actor})
    )


def _notice(rule: Rule, person: str, occurrence: Occurrence, around: Surroundings) -> Notice:
    lead = _lead(person, occurrence) if rule.name == "to_sign" else None
    told = message(rule.name, occurrence, around.school_name, lead)
    return Notice(rule.name, person, told.title, told.text, rule.must_acknowledge)


def _lead(person: str, occurrence: Occurrence) -> Lead:
    return next(lead for lead in occurrence.unsigned_leads if lead.person == person)


def _school_side(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    # A contact only reads; of an entry of the inspection tour only those may know who must act on it.
    contacts = () if occurrence.restricted else around.contacts()
    return (*around.secretaries(), *contacts)


def _answering(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    """The school's side; and where a higher body leads, its officers, who rectify in the school's stead."""
    led = around.officers(occurrence.helper) if occurrence.helper else ()
    return (*_school_side(occurrence, around), *led)


def _pressed(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    return around.officers(occurrence.helper) if occurrence.helper else _school_side(occurrence, around)


def _who_asked(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    return around.officers(occurrence.helper) if occurrence.helper else around.secretaries()


def _issuing(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    # A county's issue goes with its school to the county of today, as the acts on it do.
    return around.bureau_officers() if occurrence.issuer == around.city else around.county_officers()


def _objection_deciders(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    """Of the issuing body, who did not assign it; where nobody else is there, of the bureau."""
    unfit = around.insiders() | {occurrence.assigner}
    for officers in (_issuing(occurrence, around), around.bureau_officers()):
        if fit := tuple(person for person in officers if person not in unfit):
            return fit
    return ()


def _helpers(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    insiders = around.insiders()
    return tuple(person for person in around.officers(occurrence.asked) if person not in insiders)


def _extension_deciders(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    insiders = around.insiders()
    return tuple(person for person in _issuing(occurrence, around) if person not in insiders)


def _secretaries(_: Occurrence, around: Surroundings) -> tuple[str, ...]:
    return around.secretaries()


def _told_of_recount(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    # That a provisional day is firm now, and still the same, is no news.
    if not occurrence.moved:
        return ()
    return (*_who_asked(occurrence, around), *([occurrence.lead] if occurrence.lead else []))


def _told_of_withdrawal(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    # A draft that never left the team is nothing the school has heard of.
    return around.secretaries() if occurrence.handed_over else ()


def _assigners(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    if occurrence.severity == CRITICAL:
        return around.bureau_officers()
    if occurrence.severity == MINOR and occurrence.mode == IMMEDIATE:
        return around.leaders() or around.county_officers()
    return around.county_officers()


def _first_checkers(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    if occurrence.from_above:
        led_by_bureau = occurrence.helper == around.city
        officers = around.bureau_officers() if led_by_bureau else _issuing(occurrence, around)
        return _judges(officers, occurrence, around)
    if occurrence.helper is not None:
        # What a higher body rectified, nobody below it checks.
        by_bureau = occurrence.helper == around.city
        officers = around.bureau_officers() if by_bureau else around.county_officers()
        return _judges(officers, occurrence, around)
    leaders = around.leaders() if occurrence.severity == MINOR else ()
    return _judges((*leaders, *around.county_officers()), occurrence, around)


def _final_checkers(occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    if occurrence.severity != CRITICAL or not occurrence.first_check_passed:
        return ()
    return _judges(around.bureau_officers(), occurrence, around)


def _judges(candidates: Iterable[str], occurrence: Occurrence, around: Surroundings) -> tuple[str, ...]:
    barred = occurrence.barred | around.insiders()
    return tuple(person for person in candidates if person not in barred)


def _unsigned_leads(occurrence: Occurrence, _: Surroundings) -> tuple[str, ...]:
    return tuple(lead.person for lead in occurrence.unsigned_leads)


RULES: Final[tuple[Rule, ...]] = (
    Rule("assigned", frozenset({"assigned"}), _school_side, must_acknowledge=True),
    Rule("returned", frozenset({"returned"}), _answering, must_acknowledge=True),
    Rule("reopened", frozenset({"reopened"}), _answering, must_acknowledge=True),
    Rule("withdrawn", frozenset({"withdrawn"}), _told_of_withdrawal),
    Rule("submitted", frozenset({"submitted"}), _assigners),
    Rule("reported", frozenset({"reported"}), _first_checkers),
    Rule("checked", frozenset({"checked"}), _final_checkers),
    Rule("to_sign", frozenset({"planned", "replanned"}), _unsigned_leads),
    Rule("closed", frozenset({"closed"}), _secretaries),
    Rule("objected", frozenset({"objected"}), _objection_deciders),
    Rule("objection_decided", frozenset({"objection_decided"}), _secretaries),
    Rule("help_asked", frozenset({"help_asked", "help_passed_up"}), _helpers),
    Rule("help_decided", frozenset({"help_decided"}), _secretaries),
    Rule("extension_asked", frozenset({"extension_asked"}), _extension_deciders),
    Rule("extension_decided", frozenset({"extension_decided"}), _who_asked),
    Rule("urged", frozenset({"urged"}), _pressed, must_acknowledge=True),
    Rule("card_issued", frozenset({"card_issued"}), _school_side, must_acknowledge=True),
    Rule("card_decided", frozenset({"card_decided"}), _secretaries),
    Rule("recounted", frozenset({"recounted"}), _told_of_recount),
    Rule("lead_left", frozenset({"lead_left"}), _who_asked),
)

VERBS: Final = frozenset(verb for rule in RULES for verb in rule.verbs)
RULES_OF: Final[Mapping[str, tuple[Rule, ...]]] = {
    verb: tuple(rule for rule in RULES if verb in rule.verbs) for verb in VERBS
}
