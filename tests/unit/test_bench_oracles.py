"""The benchmarks' oracles catch what is lost, doubled or altered; their issues are real events."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
import pytest

from bench._city import SCHOOLS, registry_events
from bench._drainers import Relay, require_same
from bench._issues import AREAS, SEVERITIES, Told, expected, life_of_city, some
from bench._ledger import commits_of
from contracts.ledgers import LISTS
from contracts.lists import IssueEvent
from dudao.bench import WrongOutputError
from runtime import canonical
from runtime.ledger.chain import genesis
from runtime.ledger.model import Entry
from runtime.ledger.seal import Head, seal
from runtime.ledger.wire import to_kafka

AT = 1_790_000_000_000_000


@dataclass(frozen=True)
class Record:
    """What of a Kafka record is looked at."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def entries(told: list[Told]) -> list[Entry]:
    heads = {(LISTS.name, stream): Head(0, genesis("L", LISTS.name, stream), 0) for stream in range(LISTS.streams)}
    return seal(commits_of(told, AT), heads, None, AT).entries


def records(sealed: list[Entry]) -> list[Any]:
    return [Record(*to_kafka(entry, "/dudao/inspection")) for entry in sealed]


def relay() -> Relay:
    unused: Any = None
    return Relay(unused, unused)


def test_issues_are_real_events_in_canonical_bytes_each_with_ids_of_its_own() -> None:
    told = some(life_of_city("00ab"), 20_000)
    for one in told[:: len(told) // 50]:
        event = msgspec.json.decode(one.data, type=IssueEvent)
        assert canonical.encode(event) == one.data
        assert (event.entry.id, event.entry.school, event.cause.request) == (one.issue, one.school, one.request)
        assert f"inspection.issue.{event.entry.state}.v1" == one.type
    assert len({one.request for one in told}) == len(told)
    assert {one.request for one in told}.isdisjoint(one.request for one in some(life_of_city("00ac"), 20_000))
    assert {one.school for one in told} == set(SCHOOLS)


def test_versions_of_an_issue_follow_on_each_other_and_days_never_go_back() -> None:
    told = some(life_of_city("0001"), 30_000)
    versions: Counter[str] = Counter()
    for one in told:
        versions[one.issue] += 1
        assert one.version == versions[one.issue]
    assert [one.day for one in told] == sorted(one.day for one in told)
    assert max(versions.values()) == 6


def test_the_registry_of_the_city_names_every_school_its_branch_and_its_secretary() -> None:
    kinds = Counter(type_ for type_, _ in registry_events())
    assert kinds["inspection.school.registered.v1"] == len(SCHOOLS) == kinds["inspection.branch.registered.v1"]
    assert kinds["inspection.grant.given.v1"] == len(SCHOOLS) + 11


def told_of(issue: str, version: int, school: str = "S001") -> Told:
    return Told(school, issue, version, "t", b"", f"{issue}{version}", date(2026, 1, 5), 0)


def test_what_is_expected_is_the_last_state_of_every_issue() -> None:
    found = expected([told_of("a", 1), told_of("a", 2), told_of("b", 1), told_of("a", 6), told_of("c", 5, "S002")])
    assert found["S001"] == {
        f"{facet}.{measure}": n
        for facet in ("all.all", f"area.{AREAS[0]}", f"severity.{SEVERITIES[0]}")
        for measure, n in {
            "state:submitted": 1, "state:closed": 1, "assigned": 1, "closed": 1, "closed_on_time": 1, "days:9": 1,
        }.items()
    }  # fmt: skip
    assert found["S002"]["all.all.state:reported"] == 1
    assert "all.all.overdue" not in found["S002"]
    assert expected([told_of("a", 3)])["S001"]["all.all.overdue"] == 1


def test_the_same_bytes_once_each_are_what_is_wanted() -> None:
    told = some(life_of_city("0002"), 300)
    relay().check(records(entries(told)), told)


def test_what_is_lost_doubled_altered_or_out_of_turn_is_caught() -> None:
    told = some(life_of_city("0003"), 300)
    sealed = entries(told)
    end = max(range(len(sealed)), key=lambda n: sealed[n].seq)
    plants: dict[str, list[Entry]] = {
        "1 lost": [*sealed[:end], *sealed[end + 1 :]],
        "torn": [*sealed, sealed[end]],
        "300 records for 299": sealed,
    }
    for reason, planted in plants.items():
        with pytest.raises(WrongOutputError, match=reason):
            relay().check(records(planted), told[:-1] if reason.startswith("300") else told)
    with pytest.raises(WrongOutputError, match="torn"):
        relay().check(records([*sealed[:end], replace(sealed[end], data=b"{}"), *sealed[end + 1 :]]), told)


def test_a_peer_s_records_are_held_against_the_same_events() -> None:
    told = some(life_of_city("0004"), 3)
    right = {one.request: one.data for one in told}
    require_same("peer", 3, right, told)
    wrong = {**right, told[0].request: b"{}"}
    with pytest.raises(WrongOutputError, match="1 altered"):
        require_same("peer", 3, wrong, told)
    with pytest.raises(WrongOutputError, match="4 records for 3 events"):
        require_same("peer", 4, right, told)
    with pytest.raises(WrongOutputError, match="1 lost"):
        require_same("peer", 2, dict(list(right.items())[1:]), told)
