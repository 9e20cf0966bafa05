"""Who is let in by an operation's declaration."""

from typing import Any

import pytest

from runtime.access.declaration import Declaration, declared, require
from runtime.access.principal import Grant, Principal
from runtime.errors import Rejected

SECRETARY = Principal.of("P-1")
REPORTING = Principal.of("service:reporting")
GRANTS = (Grant("secretary", "B001"),)


def test_a_subject_says_whether_it_is_a_person_or_a_service() -> None:
    assert (SECRETARY.kind, REPORTING.kind) == ("person", "service")


@pytest.mark.parametrize(
    ("declaration", "principal", "grants", "status"),
    [
        (Declaration("public"), None, (), None),
        (Declaration("self"), SECRETARY, (), None),
        (Declaration("self"), None, (), 401),
        (Declaration("self"), REPORTING, (), 403),
        (Declaration("service"), REPORTING, (), None),
        (Declaration("service"), SECRETARY, GRANTS, 403),
        (Declaration("service"), None, (), 401),
        (Declaration("school", ("secretary", "cadre")), SECRETARY, GRANTS, None),
        (Declaration("school", ("cadre",)), SECRETARY, GRANTS, 403),
        (Declaration("school", ("secretary",)), SECRETARY, (), 403),
        (Declaration("school", ("secretary",)), REPORTING, GRANTS, 403),
        (Declaration("administrator", ("administrator",)), None, GRANTS, 401),
    ],
)
def test_a_declaration_lets_in_exactly_whom_it_names(
    declaration: Declaration, principal: Principal | None, grants: tuple[Grant, ...], status: int | None
) -> None:
    if status is None:
        require(principal, grants, declaration)
        return
    with pytest.raises(Rejected) as refusal:
        require(principal, grants, declaration)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    ("scope", "roles"),
    [("public", ("secretary",)), ("self", ("secretary",)), ("service", ("x",)), ("school", ()), ("galaxy", ("x",))],
)
def test_a_declaration_that_contradicts_itself_cannot_be_made(scope: Any, roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="scope"):
        Declaration(scope, roles)


def test_an_extension_is_read_back_as_the_declaration_it_was_made_from() -> None:
    for declaration in (
        Declaration("school", ("secretary", "cadre")),
        Declaration("public"),
        Declaration("self", purpose="password"),
    ):
        assert declared(declaration.as_extension()) == declaration


@pytest.mark.parametrize(
    "extension",
    [None, {}, "public", [], {"scope": "public"}, {"scope": "school", "roles": []}, {"scope": 3, "roles": []}],
)
def test_what_is_not_a_declaration_declares_nothing(extension: object) -> None:
    assert declared(extension) is None
