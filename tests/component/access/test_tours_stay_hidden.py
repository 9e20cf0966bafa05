"""For everyone but its readers and those who must act on it an inspection tour's entry does not exist.

Two instants of one city: before such entries were planted, and after. For whoever must not know of them every answer of
every service is the same at both; and a question or a command that names a planted entry is answered as if it named
nothing. Operations are found by walking the services' OpenAPI documents (`walking`).
"""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from tests.component.access import cast
from tests.component.access.city import City
from tests.component.access.feeding import feed
from tests.component.access.raising import raised
from tests.component.access.seeding import MAJOR, REASON
from tests.component.access.walking import SERVICES, WORD, Order, Question, orders, questions

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

# As long as an id that was made.
NOWHERE: Final = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
_FORBIDDEN: Final = 403
# Whoever must act on the planted entries, or is a reader of the tour, knows of them; nobody else does.
INSIDERS: Final = (cast.SECRETARY, cast.COUNTY, cast.TOUR)
OUTSIDERS: Final = (cast.LEADER, cast.CADRE, cast.LIAISON, cast.DEPARTMENT, cast.ADMIN, cast.OTHER_COUNTY)
# How far the ledgers have come is told to whoever reads the whole city; nothing in it is of an entry.
_OF_THE_INSTANT: Final = frozenset({"as_of", "ledgers"})
Asked = dict[tuple[str, Question], tuple[int, str]]


@dataclass
class Toured:
    """The city with planted entries: what must not be told, and what was answered before and after."""

    city: City
    asked: Sequence[Question]
    ordered: Sequence[Order]
    planted: tuple[str, ...]
    before: Asked
    after: Asked


def _plain(answer: httpx.Response) -> str:
    """What an answer says, without what only says when it was given."""
    if not answer.headers.get("content-type", "").startswith("application/"):
        return answer.content.hex()
    try:
        body = json.loads(answer.content)
    except ValueError:
        return answer.content.hex()
    if isinstance(body, dict):
        body = {key: value for key, value in body.items() if key not in _OF_THE_INSTANT}
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


async def _answer(city: City, person: str, question: Question, id: str) -> tuple[int, str]:
    path, params = question.naming(id)
    answer = await city.get(question.service, person, path, **params)
    return answer.status_code, _plain(answer).replace(id, NOWHERE)


async def _all(city: City, asked: Iterable[Question]) -> Asked:
    """Every answer to whoever is let in: who is not, at the first question of an operation, is asked no more of it."""
    found: Asked = {}
    for question in (one for one in asked if not one.names_planted):
        for person in (*OUTSIDERS, *INSIDERS):
            shut = (person, Question(question.service, question.operation, ""))
            if shut not in found:
                found[person, question] = told = await _answer(city, person, question, NOWHERE)
                if told[0] == _FORBIDDEN:
                    found[shut] = told
    return found


async def _documents(city: City) -> dict[str, Any]:
    return {service: (await city.http[service].get("/openapi.json")).json() for service in SERVICES}


async def _there(city: City) -> dict[str, list[str]]:
    """An id of everything that inspection keeps, by parameter and by folder of a path."""
    found: dict[str, list[str]] = {}
    db = city.database("inspection")
    for collection in await db.list_collection_names():
        ids = [row["_id"] async for row in db[collection].find({}, {"_id": 1}).sort("_id", 1).limit(1)]
        if all(isinstance(id, str) and "/" not in id for id in ids):
            found[collection] = found[collection.removesuffix("s")] = ids
    db_issues = db["issues"].find({"entry.school": cast.SCHOOL, "entry.source": "supervision"}, {"_id": 1}).limit(1)
    found["issue"] = [row["_id"] async for row in db_issues]
    found["school"] = [cast.SCHOOL]
    found["evidence"] = [city.evidence["task"]]
    return found


async def _planted(city: City) -> tuple[str, ...]:
    """A tour's issue planned, urged and carded, another one closed and come back; their ids, numbers and evidence."""
    world = city.world
    evidence = await world.evidence(cast.COUNTY, cast.SCHOOL)
    body = {
        "school": cast.SCHOOL, "source": "inspection_tour", "area": "其他", "description": f"{WORD}：无标识",
        "evidence": [evidence],
    }  # fmt: skip
    issue = await world.on_issue(cast.COUNTY, await world.done(cast.COUNTY, "/v1/issues", body), "submit")
    issue = await world.on_issue(cast.COUNTY, issue, "assign", MAJOR)
    issue = await world.on_issue(cast.SECRETARY, issue, "acknowledge")
    plan = {"tasks": [{"measure": f"{WORD}措施", "target": "目标"}], "lead": cast.SECRETARY}
    issue = await world.on_issue(cast.SECRETARY, issue, "plan", plan)
    issue = await world.on_issue(cast.COUNTY, issue, "urge", {})
    card = {"colour": "red", "deadline": "2026-12-31", **REASON}
    issue = await world.on_issue(cast.BUREAU, issue, "cards", card)
    draft = await world.done(cast.BUREAU, "/v1/issues", {**body, "evidence": []})
    return (
        issue["id"], evidence, issue["number"], issue["tasks"][0]["id"], issue["responsibilities"][0]["id"],
        issue["cards"][0]["number"], draft["id"],
    )  # fmt: skip


async def _alerts_of(city: City, issue: str) -> list[str]:
    rows = city.database("notification")["alerts"].find({"entry.subject": f"issue/{issue}"}, {"_id": 1})
    return [row["_id"] async for row in rows]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def toured(mongod_url: str) -> AsyncIterator[Toured]:
    async with raised(mongod_url) as city:
        city.told = await feed(city, city.told)
        documents, there = await _documents(city), await _there(city)
        asked = [one for service in SERVICES for one in questions(service, documents[service], there)]
        ordered = [one for service in SERVICES for one in orders(service, documents[service])]
        before = await _all(city, asked)
        planted = await _planted(city)
        await feed(city, city.told)
        alerts = await _alerts_of(city, planted[0])
        assert alerts
        after = await _all(city, asked)
        yield Toured(city, asked, ordered, (*planted, alerts[0]), before, after)


def _differing(toured: Toured, person: str) -> set[str]:
    """Operations that answer this person otherwise since the entries were planted."""
    return {q.operation for (p, q), told in toured.before.items() if p == person and toured.after[p, q] != told}


@pytest.mark.parametrize("person", OUTSIDERS)
async def test_every_answer_is_the_same_as_before(toured: Toured, person: str) -> None:
    assert _differing(toured, person) == set()


async def test_the_walk_would_see_it(toured: Toured) -> None:
    lists = {"listIssues", "readLists", "findSimilar", "listEvidence", "similarIssues"}
    assert lists <= _differing(toured, cast.COUNTY)
    assert {"listIssues", "list_inbox", "listTodo"} <= _differing(toured, cast.SECRETARY)
    assert {"list_alerts", "report_rectification", "report_issues"} <= _differing(toured, cast.TOUR)


@pytest.mark.parametrize("person", OUTSIDERS)
async def test_no_answer_carries_anything_of_them(toured: Toured, person: str) -> None:
    telling = [*toured.planted, f"{WORD}：无标识", f"{WORD}措施"]
    told = [(q.operation, text) for (p, q), (_, text) in toured.after.items() if p == person]
    leaks = {operation for operation, text in told if any(word in text for word in telling)}
    assert leaks == set()


@pytest.mark.parametrize("person", OUTSIDERS)
async def test_a_question_that_names_one_is_answered_as_if_it_named_nothing(toured: Toured, person: str) -> None:
    wrong = []
    for question in (one for one in toured.asked if one.names_planted):
        nothing = await _answer(toured.city, person, question, NOWHERE)
        for id in (*toured.planted[:2], *toured.planted[-1:]):
            if await _answer(toured.city, person, question, id) != nothing:
                wrong.append((question.operation, question.path, question.params))
    assert wrong == []


async def test_whoever_must_act_is_answered_otherwise(toured: Toured) -> None:
    found = set()
    for question in (one for one in toured.asked if one.names_planted):
        nothing = await _answer(toured.city, cast.COUNTY, question, NOWHERE)
        for id in toured.planted[:2]:
            if await _answer(toured.city, cast.COUNTY, question, id) != nothing:
                found.add(question.operation)
    assert {"readIssue", "issueTimeline", "explainDeadlines", "similarIssues", "readEvidence", "listEvidence"} <= found


@pytest.mark.parametrize("person", OUTSIDERS)
async def test_a_command_that_names_one_is_refused_as_if_it_named_nothing(toured: Toured, person: str) -> None:
    wrong = []
    for order in toured.ordered:
        nothing = await _refused(toured.city, person, order, NOWHERE)
        for id in toured.planted[:2]:
            told = await _refused(toured.city, person, order, id)
            if told != nothing:
                wrong.append((order.operation, told[0], nothing[0]))
    assert wrong == []


async def _refused(city: City, person: str, order: Order, id: str) -> tuple[int, str]:
    path, body = order.naming(id)
    answer = await city.ask(order.service, order.method, path, city.token(person), body=body, version=1)
    return answer.status_code, _plain(answer).replace(id, NOWHERE)


async def test_the_walk_orders_what_takes_an_id(toured: Toured) -> None:
    named = {order.operation for order in toured.ordered}
    assert {"draftIssue", "assignIssue", "assignIssues", "mergeIssue", "progressTask", "read_alert"} <= named
