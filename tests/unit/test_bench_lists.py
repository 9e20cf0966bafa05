"""The lists benchmark: its issues are searched by what the product derives; ceilings are told as such."""

from itertools import islice
from typing import get_args

import msgspec
import pytest

from bench._list_questions import questions
from bench._listed_city import Listed, read_listed
from bench._listed_issues import issues
from bench.lists import chosen
from contracts import lists
from dudao.bench import WrongOutputError, ceiling
from dudao.bench_results import cells
from services.inspection.application.sought import sought_by
from services.inspection.domain.issue import Issue, State


@pytest.fixture(scope="module")
def listed() -> Listed:
    return read_listed()


def test_every_issue_is_a_whole_one_searched_by_what_the_product_derives(listed: Listed) -> None:
    states: set[State] = set()
    for document in islice(issues(listed, 900, 3000, 3000), 0, None, 3):
        msgspec.convert(document["entry"], lists.Issue, strict=True)
        issue = msgspec.convert(document["entry"], Issue)
        assert document["sought"] == sought_by("issue", issue, document["entry"])
        states.add(issue.state)
    assert states == set(get_args(State))


def test_the_nth_issue_is_always_the_same(listed: Listed) -> None:
    assert list(issues(listed, 5, 8, 100)) == list(issues(read_listed(), 0, 100, 100))[5:8]


def test_every_question_has_a_name_of_its_own_and_a_reader(listed: Listed) -> None:
    people = {person.id for person in listed.cast.people}
    asked = questions()
    assert len({question.name for question in asked}) == len(asked)
    for question in asked:
        assert {question.person(listed, n) for n in range(40)} <= people
        assert all(question.path(listed, n).startswith("/v1/") for n in range(40))


def test_a_ceiling_is_met_from_below() -> None:
    arm = ceiling("p99", ours=40.0, most=50.0, peer=100.0, unit="ms")
    assert (arm.met, arm.ratio) == (True, 2.5)
    assert cells(arm) == ("✓", "p99", "40.00", "100", "2.50×", "≤ 50.00", "ms")
    assert ceiling("p99", ours=60.0, most=50.0).met is False


def test_questions_are_chosen_by_a_text_in_their_names() -> None:
    assert [question.name for question in chosen("mine to do")] == [
        f"mine to do, {who}" for who in ("bureau officer", "county officer", "secretary", "team leader", "cadre")
    ]
    assert [question.name for question in chosen("")] == [question.name for question in questions()]
    with pytest.raises(WrongOutputError):
        chosen("nobody asks this")
