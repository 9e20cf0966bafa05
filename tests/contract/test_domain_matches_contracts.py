"""The domain may not import contracts, so it repeats their shapes: field by field the same, and interchangeable."""

import dataclasses
import typing
from typing import Any

import msgspec
import pytest

from contracts import cause, liaison, lists, material, persons, registry, roles
from services.inspection.domain import (
    actor,
    checklist,
    draw,
    evidence,
    facts,
    issue,
    planning_terms,
    round,
    terms,
    visit,
    workdays,
)
from services.inspection.domain import liaison as domain_liaison
from services.inspection.domain import material as domain_material
from services.inspection.domain import persons as domain_persons
from services.inspection.domain import registry as domain_registry

PAIRS = [
    (actor.Actor, cause.Actor),
    (workdays.Deadline, lists.Deadline),
    *((getattr(issue, name), getattr(lists, name)) for name in
      ("Task", "Responsibility", "Report", "Check", "Clock", "Closing", "Provenance", "Assignment", "Stop",
       "Objection", "Help", "Extension", "Card", "Urging", "Opinion", "Revision", "Issue")),
    (workdays.Basis, lists.Basis),
    (terms.Terms, registry.Terms),
    *((getattr(visit, name), getattr(lists, name)) for name in
      ("Sent", "Answer", "Correction", "Feedback", "Highlight", "Visit")),
    *((getattr(domain_liaison, name), getattr(liaison, name)) for name in ("Liaison", "Request")),
    *((getattr(domain_material, name), getattr(material, name)) for name in ("Asking", "Piece", "Material")),
    (facts.SchoolFacts, lists.SchoolFacts),
    *((getattr(evidence, name), getattr(lists, name)) for name in ("Picture", "Form", "Evidence")),
    *((getattr(domain_registry, name), getattr(registry, name)) for name in
      ("Division", "School", "Branch", "Person", "Grant", "Calendar", "Venue", "Holiday")),
    *((getattr(domain_persons, name), getattr(persons, name)) for name in ("Absence", "Commitment", "Nomination")),
    (checklist.Item, registry.Item),
    (checklist.Checklist, registry.Checklist),
    *((getattr(round, name), getattr(registry, name)) for name in ("Team", "PlannedVisit", "PlanProof", "Round")),
    *((getattr(planning_terms, name), getattr(registry, name)) for name in ("Distance", "PlanningTerms")),
    (draw.Draw, registry.Draw),
]  # fmt: skip
SCALARS = {str: "text", int: 7, bool: True, type(None): None}


def sample(kind: object, full: bool) -> object:
    """Plain data of a type: every option taken when `full`, every option none otherwise."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return arguments[-1 if full else 0]
    if origin is tuple:
        return (sample(arguments[0], full),) if full else ()
    if arguments:
        rest = [argument for argument in arguments if argument is not type(None)]
        return sample(rest[-1 if full else 0], full) if full or len(rest) == len(arguments) else None
    if dataclasses.is_dataclass(kind):
        return {name: sample(hint, full) for name, hint in typing.get_type_hints(kind).items()}
    return SCALARS[typing.cast(type, kind)]


def described(kind: object) -> object:
    """A type as plain data, with nested shapes by name only."""
    if typing.get_origin(kind) is None:
        return getattr(kind, "__name__", kind)
    return (str(typing.get_origin(kind)), [described(argument) for argument in typing.get_args(kind)])


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda kind: kind.__name__)
def test_fields_are_the_contracts_fields_in_order(ours: Any, theirs: type[msgspec.Struct]) -> None:
    fields = dataclasses.fields(ours)
    contract = msgspec.structs.fields(theirs)
    assert [field.name for field in fields] == [field.name for field in contract]
    assert all(field.kw_only for field in fields)
    ours_hints, their_hints = typing.get_type_hints(ours), typing.get_type_hints(theirs)
    for field, expected in zip(fields, contract, strict=True):
        assert described(ours_hints[field.name]) == described(their_hints[field.name]), field.name
        missing = field.default is dataclasses.MISSING
        assert (msgspec.NODEFAULT if missing else field.default) == expected.default, field.name


@pytest.mark.parametrize("full", [False, True], ids=["bare", "full"])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda kind: kind.__name__)
def test_an_entry_goes_both_ways_without_loss(ours: Any, theirs: type[msgspec.Struct], full: bool) -> None:
    plain = sample(ours, full)
    entry = msgspec.convert(plain, ours, strict=True)
    strict = msgspec.defstruct(f"Strict{theirs.__name__}", [], bases=(theirs,), forbid_unknown_fields=True)
    sent = msgspec.convert(msgspec.to_builtins(entry), strict, strict=True)
    assert msgspec.to_builtins(sent) == plain
    assert msgspec.convert(msgspec.to_builtins(sent), ours, strict=True) == entry


def test_role_names_are_the_contracts() -> None:
    ours = {value for name, value in vars(actor).items() if name.isupper() and isinstance(value, str)}
    assert ours - {actor.RESPONSIBLE} == set(roles.ROLES)
    assert actor.RESPONSIBLE not in roles.ROLES
    assert actor.GRANTED_AT == roles.GRANTED_AT


def test_choices_are_the_contracts() -> None:
    for ours, theirs in ((issue.State, lists.IssueState), (issue.Area, lists.Area), (issue.Mode, lists.Mode),
                         (issue.Severity, lists.Severity), (issue.Source, lists.Source)):  # fmt: skip
        assert typing.get_args(ours) == typing.get_args(theirs)
