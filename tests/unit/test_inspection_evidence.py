"""Evidence: which files are taken in, and from whom."""

from typing import Any

import pytest

from services.inspection.domain import rules
from services.inspection.domain import rules_visit as wrong
from services.inspection.domain.evidence import MAX_BYTES, Evidence, File, add
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_input import StateSecret, TextMissing, TextTooLong
from tests.unit.inspection_city import CALENDARS, MONDAY, PEOPLE, TEAM, authority, place

NOW = Moment(MONDAY, CALENDARS)
SHA = "0123456789abcdef" * 4


def file(**other: Any) -> File:
    plain: dict[str, Any] = {
        "id": "E1", "sha256": SHA, "size": 1024, "media_type": "image/jpeg", "name": "活动室.jpg", "teams": (TEAM,),
    }  # fmt: skip
    return File(**plain | other)


def test_an_entry_proves_what_the_file_was() -> None:
    assert add(file(name=" 活动室.jpg "), authority("teacher"), NOW) == Evidence(
        id="E1",
        school="S1",
        sha256=SHA,
        size=1024,
        media_type="image/jpeg",
        name="活动室.jpg",
        by="teacher",
        at="2026-03-02T01:00:00.000000Z",
    )


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"size": 0}, wrong.EmptyFile),
        ({"size": MAX_BYTES + 1}, wrong.EmptyFile),
        ({"media_type": "application/x-sh"}, wrong.MediaTypeRefused),
        ({"sha256": SHA[:-1]}, wrong.BadDigest),
        ({"sha256": SHA.upper()}, wrong.BadDigest),
        ({"name": "../etc/passwd"}, wrong.BadFileName),
        ({"name": "a\\b.jpg"}, wrong.BadFileName),
        ({"name": ".."}, wrong.BadFileName),
        ({"name": "a\x00.jpg"}, wrong.BadFileName),
        ({"name": ""}, TextMissing),
        ({"name": "长" * 201}, TextTooLong),
        ({"name": "机密★.pdf"}, StateSecret),
    ],
)
def test_a_file_that_is_none_is_refused(other: dict[str, Any], rule: type[Broken]) -> None:
    with pytest.raises(rule):
        add(file(**other), authority("teacher"), NOW)


def test_the_largest_file_is_taken() -> None:
    assert add(file(size=MAX_BYTES), authority("member"), NOW).size == MAX_BYTES


OUTSIDERS = {"stranger", "other secretary", "other cadre", "direct secretary", "direct teacher", "other leader",
             "other county", "organisation", "tour", "administrator"}  # fmt: skip


@pytest.mark.parametrize("who", PEOPLE)
def test_only_people_of_the_school_its_visitors_and_officers_add_evidence(who: str) -> None:
    if who in OUTSIDERS:
        with pytest.raises(rules.NotAllowed):
            add(file(), authority(who), NOW)
    else:
        assert add(file(), authority(who), NOW).by == who


def test_a_team_adds_none_where_it_does_not_visit() -> None:
    with pytest.raises(rules.NotAllowed):
        add(file(teams=()), authority("member", place("S3")), NOW)
