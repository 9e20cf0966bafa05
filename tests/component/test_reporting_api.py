"""Reporting as a whole on a real MongoDB: events in, reports out, by role, at an instant."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from contracts import roles
from contracts.ledgers import ALERTS, LISTS, REGISTRY
from contracts.registry import Branch
from runtime.access.principal import Principal
from runtime.clock import FixedClock, from_micros, to_micros, to_text
from runtime.ledger.model import Entry
from runtime.mongo import Database, Mongo
from services.reporting import of_day
from services.reporting.answers import ANSWERS
from services.reporting.bootstrap import make_api, prepare_database, projections
from services.reporting.catalogue import REPORTS
from services.reporting.projections import CHANGES, COLLECTIONS, HEADS, ROLLUPS
from services.reporting.settings import ReportingSettings
from services.reporting.state import state_hash
from tests.reporting_samples import (
    AT,
    DAY,
    Log,
    alert,
    checklist,
    closing,
    grant,
    issue,
    registered,
    report,
    school,
    shanghai,
    visit,
)

T0 = shanghai("2026-09-28", "09:00:00.000000")
OUTSIDERS = {roles.TEAM_MEMBER, roles.TEAM_LEADER, roles.ADMINISTRATOR}
SUB_BRANCH = Branch(
    id="B001-1", name="b", kind="branch", form="independent", lead_school="S002", parent="B001", schools=(), members=9
)
GRANTS = (
    grant("P-bureau", roles.BUREAU_OFFICER, "230800"),
    grant("P-department", roles.ORGANISATION_DEPARTMENT, "230800"),
    grant("P-county", roles.COUNTY_OFFICER, "230822"),
    grant("P-other-county", roles.COUNTY_OFFICER, "230890"),
    grant("P-secretary", roles.SECRETARY, "B001"),
    grant("P-deputy", roles.DEPUTY_SECRETARY, "B003"),
    grant("P-liaison", roles.LIAISON_LEADER, "B001"),
    grant("P-cadre", roles.CADRE, "S003"),
    grant("P-contact", roles.CONTACT, "S001"),
    grant("P-tour", roles.INSPECTION_TOUR_READER, "230800"),
    grant("P-member", roles.TEAM_MEMBER, "T-1"),
    grant("P-leader", roles.TEAM_LEADER, "T-1"),
    grant("P-administrator", roles.ADMINISTRATOR, "230800"),
)
SCHOOLS = (
    school("S001", branch="B001"),
    school("S002", branch="B001-1", organised="joint"),
    school("S003", division="230890", branch="B003", level="high", locality="urban"),
)


class TokenIsThePerson:
    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        return Principal.of(token)


@dataclass
class System:
    app: FastAPI
    http: httpx.AsyncClient
    mongo: Mongo
    db: Database
    clock: FixedClock
    lists: Log = field(default_factory=Log)
    alerts: Log = field(default_factory=lambda: Log(ALERTS.name))
    registry: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counted = projections(self.db)

    async def apply(self, ledger: str, entries: Sequence[Entry]) -> None:
        await self.mongo.transaction(lambda session: self.counted[ledger].apply(entries, session))

    async def register(self, *things: tuple[str, Any], sealed_at: int = T0 - DAY) -> None:
        first = len(self.registry) + 1
        entries = [registered(first + i, kind, thing, sealed_at) for i, (kind, thing) in enumerate(things)]
        self.registry += entries
        await self.apply(REGISTRY.name, entries)

    async def count(self, *things: Any, sealed_at: int = T0) -> None:
        log, ledger = (self.alerts, ALERTS.name) if hasattr(things[0], "rule") else (self.lists, LISTS.name)
        registry = 0 if ledger == ALERTS.name else len(self.registry)
        await self.apply(ledger, [log.entry(thing, sealed_at, registry) for thing in things])

    async def reach(self, instant: int) -> None:
        for ledger in (REGISTRY, LISTS, ALERTS):
            row = {"ledger_id": "L", "sealed_through": instant, "confirmed_at": to_micros(self.clock.now())}
            await self.db["reached"].replace_one({"_id": ledger.name}, row, upsert=True)

    async def ask(self, name: str, person: str = "P-bureau", **params: Any) -> httpx.Response:
        return await self.http.get(f"/v1/reports/{name}", params=params, headers={"Authorization": f"Bearer {person}"})

    async def told(self, name: str, person: str = "P-bureau", **params: Any) -> dict[str, Any]:
        answer = await self.ask(name, person, **params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def system(mongod_url: str, database: str) -> AsyncIterator[System]:
    clock = FixedClock(from_micros(T0 + DAY))
    settings = ReportingSettings(mongo_url=SecretStr(mongod_url), database_prefix=database)
    app = make_api(settings, verifier=TokenIsThePerson(), clock=clock)
    mongo = Mongo(mongod_url)
    db = mongo.database(settings.database)
    await prepare_database(db)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://r") as http:
        system = System(app, http, mongo, db, clock)
        things = [
            ("branch", SUB_BRANCH),
            ("checklist", checklist({"C8": "activity_room"})),
            *(("school", one) for one in SCHOOLS),
            *(("grant", one) for one in GRANTS),
        ]
        await system.register(*things)
        await system.reach(T0 + DAY)
        yield system
    await mongo.drop(settings.database)
    await mongo.close()


async def one_of_each_school(system: System) -> None:
    await system.count(*(issue(f"I-{name}", name) for name in ("S001", "S002", "S003")))
    await system.count(issue("I-tour", "S001", source="inspection_tour"))
    await system.count(issue("I-tour-3", "S003", source="inspection_tour"))


async def test_rectification_by_division_with_numerators_and_denominators(system: System) -> None:
    await one_of_each_school(system)
    await system.count(issue("I-S001", state="closed", owner="none", closings=(closing(worked_days=4),)))
    told = await system.told("rectification", by="division")
    assert [(row["key"], row["rectification_rate"]) for row in told["groups"]] == [
        ("230822", {"n": 1, "d": 2, "per_10000": 5000}),
        ("230890", {"n": 0, "d": 1, "per_10000": 0}),
    ]
    assert told["total"]["on_time_rate"] == {"n": 1, "d": 1, "per_10000": 10_000}
    assert told["total"]["days_to_close"]["median_tenths"] == 40
    assert told["provisional"] is False
    assert told["as_of"] == to_text(from_micros(T0 + DAY))


@pytest.mark.parametrize(
    ("person", "open_schools", "tours"),
    [
        ("P-bureau", {"S001", "S002", "S003"}, 0),
        ("P-department", {"S001", "S002", "S003"}, 0),
        ("P-county", {"S001", "S002"}, 0),
        ("P-other-county", {"S003"}, 0),
        ("P-secretary", {"S001", "S002"}, 1),
        ("P-deputy", {"S003"}, 1),
        ("P-liaison", {"S001", "S002"}, 0),
        ("P-cadre", {"S003"}, 0),
        ("P-contact", {"S001"}, 0),
        ("P-tour", set(), 2),
    ],
)
async def test_reader_sees_own_schools_and_tours_only_by_role(
    system: System, person: str, open_schools: set[str], tours: int
) -> None:
    await one_of_each_school(system)
    by_school = await system.told("issues", person, by="school")
    assert {row["key"] for row in by_school["groups"]} == open_schools
    assert by_school["inspection_tour"] == "left_out"
    by_source = await system.told("issues", person, by="source")
    counted = {row["key"]: row["total"] for row in by_source["groups"]}
    assert counted.get("inspection_tour", 0) == tours
    assert counted.get("supervision", 0) == len(open_schools)


@pytest.mark.parametrize("name", sorted(REPORTS))
@pytest.mark.parametrize("person", ["P-member", "P-leader", "P-administrator", "P-nobody", "service:inspection"])
async def test_others_get_no_report(system: System, name: str, person: str) -> None:
    answer = await system.ask(name, person)
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/forbidden"


async def test_revoked_grant_counts_no_more(system: System) -> None:
    assert (await system.ask("issues", "P-bureau")).status_code == 200
    revoked = grant("P-bureau", roles.BUREAU_OFFICER, "230800")
    await system.register(("grant", type(revoked)(**{**_fields(revoked), "revoked": True})))
    assert (await system.ask("issues", "P-bureau")).status_code == 403


def _fields(struct: Any) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


async def test_school_that_moves_is_read_by_its_county_of_today_and_counted_by_that_of_their_time(
    system: System,
) -> None:
    await one_of_each_school(system)
    await system.register(("school", school("S001", division="230890")), sealed_at=T0 + 1)
    assert [row["key"] for row in (await system.told("issues", "P-county", by="school"))["groups"]] == ["S002"]
    told = await system.told("issues", "P-other-county", by="division")
    assert {row["key"]: row["total"] for row in told["groups"]} == {"230822": 1, "230890": 1}


async def test_same_question_with_the_same_as_of_gives_the_same_bytes_whatever_comes_after(system: System) -> None:
    await one_of_each_school(system)
    as_of = to_text(from_micros(T0))
    before = [(await system.ask(name, as_of=as_of)).content for name in sorted(REPORTS)]
    await system.count(visit("V-1", values={"C8": 3}), sealed_at=T0 + 1)
    await system.count(issue("I-S001", state="reported", owner="checker", reports=(report(True),)), sealed_at=T0 + 2)
    await system.count(alert(), sealed_at=T0 + 3)
    await system.count(issue("I-S002", "S002", state="withdrawn", owner="none"), sealed_at=T0 + 3 * DAY)
    await system.reach(T0 + 4 * DAY)
    assert [(await system.ask(name, as_of=as_of)).content for name in sorted(REPORTS)] == before
    later = (await system.told("issues", as_of=to_text(from_micros(T0 + 2))))["total"]["states"]
    assert (later["assigned"], later["reported"], later["withdrawn"]) == (2, 1, 0)


async def test_day_read_from_its_end_or_its_beginning_gives_the_same_bytes(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_of_each_school(system)
    await system.count(issue("I-S001", state="acknowledged"), sealed_at=T0 + 1)
    await system.count(visit("V-1", values={"C8": 3}), issue("I-S003", "S003", area="其他"), sealed_at=T0 + 2)
    await system.count(visit("V-2", "S002", {"C8": 1}, organised="joint"), sealed_at=T0 + 3)
    await system.count(alert(), alert("A-2", "S002"), sealed_at=T0 + 4)
    asked = [(name, by, T0 + n) for name in sorted(REPORTS) for by in ("city", "school") for n in range(-1, 6)]

    async def answers() -> list[bytes]:
        found = [await system.ask(name, by=by, as_of=to_text(from_micros(at))) for name, by, at in asked]
        return [answer.content for answer in found]

    from_the_end = await answers()
    monkeypatch.setattr(of_day, "LATER_AT_MOST", 0)
    assert await answers() == from_the_end
    assert len(set(from_the_end)) > len(REPORTS) * 4


async def test_newest_instant_is_the_default_and_asks_the_same(system: System) -> None:
    await one_of_each_school(system)
    newest = await system.ask("rectification", by="area")
    assert (await system.ask("rectification", by="area", as_of=newest.json()["as_of"])).content == newest.content


async def test_heads_are_those_of_the_instant(system: System) -> None:
    await system.count(issue("I-1"), issue("I-2"), sealed_at=T0)
    await system.count(issue("I-3"), sealed_at=T0 + 10)
    (stream, seq) = next(
        iter((await system.told("issues", as_of=to_text(from_micros(T0 + 9))))["ledgers"]["lists"]["streams"].items())
    )
    newest = (await system.told("issues"))["ledgers"]["lists"]
    assert (seq, newest["streams"]) == (2, {stream: 3})
    assert len(newest["digest"]) == 64


async def test_instant_not_reached_is_refused(system: System) -> None:
    answer = await system.ask("rectification", as_of=to_text(from_micros(T0 + DAY + 1)))
    assert answer.status_code == 425
    assert answer.json()["type"] == "/problems/as-of-not-reached"
    assert answer.json()["reached"] == to_text(from_micros(T0 + DAY))
    assert answer.json()["zh"]


@pytest.mark.parametrize("as_of", ["yesterday", "2026-09-28", "2026-09-28T09:00:00", "0001-01-01T00:00:00+14:00", ""])
async def test_instant_that_is_none_is_refused(system: System, as_of: str) -> None:
    answer = await system.ask("rectification", as_of=as_of)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/as-of-invalid")


async def test_instant_before_everything_counts_nothing(system: System) -> None:
    await one_of_each_school(system)
    told = await system.told("rectification", as_of="0001-01-02T00:00:00Z")
    assert (told["groups"], told["total"]["assigned"], told["ledgers"]["lists"]["streams"]) == ([], 0, {})


@pytest.mark.parametrize(
    ("name", "by"), [("indicators", "team"), ("alerts", "area"), ("visits", "$where"), ("issues", "")]
)
async def test_unknown_dimension_is_refused(system: System, name: str, by: str) -> None:
    answer = await system.ask(name, by=by)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-dimension")


@pytest.mark.parametrize("name", sorted(REPORTS))
async def test_every_dimension_answers_and_adds_up_to_the_city(system: System, name: str) -> None:
    await system.count(issue("I-1"), issue("I-2", "S003", item=None, team=None), visit(values={"C8": 3}))
    await system.count(alert("A-1"), alert("A-2", "S003"))
    city = (await system.told(name))["total"]
    assert city
    for by in REPORTS[name].dimensions:
        told = await system.told(name, by=by)
        assert told["total"] == city, by
        shape = msgspec.convert(told, ANSWERS[name])
        assert msgspec.to_builtins(shape) == told, by


async def test_document_names_every_dimension_role_and_answer(system: System) -> None:
    document = (await system.http.get("/openapi.json")).json()
    for name, report_ in REPORTS.items():
        described = document["paths"][f"/v1/reports/{name}"]["get"]
        by = next(one for one in described["parameters"] if one["name"] == "by")
        assert by["schema"]["enum"] == list(report_.dimensions)
        assert set(described["x-access"]["roles"]) == {one.role for one in GRANTS} - OUTSIDERS
        assert described["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("Answer")


async def test_registry_not_confirmed_in_time_answers_503(system: System) -> None:
    system.clock.advance(timedelta(seconds=6))
    answer = await system.ask("rectification")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_ledger_never_caught_up_answers_503(system: System) -> None:
    await system.db["reached"].delete_one({"_id": "lists"})
    assert (await system.ask("rectification")).status_code == 503
    assert (await system.ask("alerts")).status_code == 200


async def test_open_dead_row_makes_what_lies_behind_it_provisional(system: System) -> None:
    await one_of_each_school(system)
    row = {"_id": "lists/1/1", "state": "dead", "ledger": "lists", "stream": 1, "aggregate": "issue/X"}
    await system.db["dead"].insert_one({**row, "entry": {"sealed_at": T0}})
    assert (await system.told("issues"))["provisional"] is True
    assert (await system.told("issues", as_of=to_text(from_micros(T0 - 1))))["provisional"] is False
    assert (await system.told("alerts"))["provisional"] is False
    await system.db["dead"].update_one({"_id": "lists/1/1"}, {"$set": {"state": "discarded"}})
    assert (await system.told("issues"))["provisional"] is False


async def test_event_counted_late_from_the_dead_rows_is_in_the_answers_from_then_on(system: System) -> None:
    await one_of_each_school(system)
    await system.reach(T0 + 3 * DAY)
    late = system.lists.entry(issue("I-late"), T0 - 1, len(system.registry))
    row = {"_id": "lists/1/1", "state": "dead", "ledger": "lists", "stream": 1, "aggregate": "issue/I-late"}
    await system.db["dead"].insert_one({**row, "entry": {"sealed_at": T0 - 1}})
    assert (await system.told("issues"))["total"]["total"] == 3
    await system.apply(LISTS.name, [late])
    await system.db["dead"].update_one({"_id": "lists/1/1"}, {"$set": {"state": "applied"}})
    assert (await system.told("issues"))["total"]["total"] == 4
    assert (await system.told("issues", as_of=to_text(from_micros(T0 - 1))))["total"]["total"] == 1


async def test_alerts_stand_by_the_structure_of_their_event_through_a_reorganisation(system: System) -> None:
    before = len(system.registry)
    first = alert("A-1", registry=before)
    await system.count(first, alert("A-2", registry=before), alert("A-3", "S003", registry=before))
    await system.register(("school", school("S001", division="230890", level="high")), sealed_at=T0 + 10)
    await system.count(alert("A-4", registry=before + 1), sealed_at=T0 + 20)
    await system.count(msgspec.structs.replace(first, read_at=AT, acknowledged_at=AT), sealed_at=T0 + 30)

    async def by(dimension: str, instant: int = T0 + 30) -> list[tuple[Any, int, int]]:
        told = await system.told("alerts", by=dimension, as_of=to_text(from_micros(instant)))
        return [(row["key"], row["raised"], row["awaited"]) for row in told["groups"]]

    assert await by("division") == [("230822", 2, 1), ("230890", 2, 2)]
    assert await by("level") == [("high", 2, 2), ("primary", 2, 1)]
    assert await by("school") == [("S001", 3, 2), ("S003", 1, 1)]
    assert await by("division", T0 + 9) == [("230822", 2, 2), ("230890", 1, 1)]
    # What was raised before alerts told of it goes with its school.
    await system.count(alert("A-5"), sealed_at=T0 + 40)
    assert await by("division", T0 + 40) == [("230822", 2, 1), ("230890", 3, 3)]


async def test_alerts_of_before_they_told_of_it_stand_by_the_structure_of_the_instant(system: System) -> None:
    await system.count(alert("A-1"), alert("A-2", "S003", source="inspection_tour"))
    await system.register(("school", school("S001", division="230890")), sealed_at=T0 + 10)
    before = await system.told("alerts", by="division", as_of=to_text(from_micros(T0 + 9)))
    assert [(row["key"], row["raised"]) for row in before["groups"]] == [("230822", 1)]
    after = await system.told("alerts", by="division")
    assert [(row["key"], row["raised"]) for row in after["groups"]] == [("230890", 1)]
    assert (await system.told("alerts", "P-tour", by="rule"))["total"]["raised"] == 1


async def test_indicators_and_schools_visited_come_from_visits(system: System) -> None:
    await system.count(
        visit("V-1", values={"C8": 2}),
        visit("V-2", "S002", {"C8": 5}, organised="joint"),
        visit("V-3", "S003", {"C8": 1}, state="in_progress", facts=None, score=None),
    )
    assert (await system.told("indicators"))["total"] == {"activity_room": 7}
    assert (await system.told("indicators", "P-contact", by="school"))["groups"] == [
        {"key": "S001", "activity_room": 2}
    ]
    schools = (await system.told("visits", by="level"))["total"]["schools"]
    assert (schools["visited"], schools["joint_or_affiliated"]) == (2, 1)


async def test_event_that_states_nonsense_is_raised_and_leaves_nothing(system: System) -> None:
    good, unknown = system.lists.entry(issue("I-1"), T0, 1), system.lists.entry(issue("I-2", "S404"), T0, 1)
    system.registry.append(system.registry[0])
    with pytest.raises(LookupError):
        await system.apply(LISTS.name, [good, unknown])
    for name in (*COLLECTIONS.values(), ROLLUPS, CHANGES, HEADS):
        assert await system.db[name].count_documents({}) == 0, name


async def test_rebuild_by_other_batches_has_the_same_hash_and_another_history_another(
    system: System, mongod_url: str, database: str
) -> None:
    things: list[tuple[Any, int]] = [
        (issue("I-1"), T0), (issue("I-1", state="reported", owner="checker", reports=(report(True),)), T0 + DAY),
        (issue("I-2", "S003", source="inspection_tour"), T0 + DAY), (visit(values={"C8": 2}), T0 + DAY),
        (issue("I-2", "S003", state="withdrawn", owner="none"), T0 + 2 * DAY),
    ]  # fmt: skip
    seq = len(system.registry)
    entries = [system.lists.entry(thing, at, seq) for thing, at in things]
    await system.apply(LISTS.name, entries)
    whole = await state_hash(system.db)
    shadow = system.mongo.database(f"{database}_shadow")
    await prepare_database(shadow)
    other = projections(shadow)
    await system.mongo.transaction(lambda session: other[REGISTRY.name].apply(system.registry, session))
    for entry in entries:
        await system.mongo.transaction(partial(other[LISTS.name].apply, [entry]))
    assert await state_hash(shadow) == whole
    await shadow[ROLLUPS].update_one({"school": "S001"}, {"$inc": {"moved.all.all.assigned": 1}})
    assert await state_hash(shadow) != whole
    await system.mongo.drop(f"{database}_shadow")


async def test_a_school_that_moves_in_mid_month_leaves_what_was_with_the_division_it_was_of(system: System) -> None:
    """September: one closed and one open before the move of S001, one new after it."""
    early, late = shanghai("2026-09-07", "09:00:00.000000"), shanghai("2026-09-21", "09:00:00.000000")
    moves = shanghai("2026-09-15", "12:00:00.000000")
    await system.count(issue("I-1"), issue("I-2"), issue("I-3", "S002"), sealed_at=early)
    done: dict[str, Any] = {"state": "closed", "owner": "none", "closings": (closing(),), "reports": (report(True),)}
    await system.count(issue("I-1", **done), visit("V-1", values={"C8": 3}), sealed_at=early + DAY)
    await system.reach(moves - 1)
    asked = [(name, by) for name in ("issues", "rectification", "visits") for by in ("division", "month", "week")]
    then = to_text(from_micros(moves - 1))
    before = [(await system.ask(name, by=by, as_of=then)).content for name, by in asked]
    await system.register(("school", school("S001", division="230890")), sealed_at=moves)
    await system.count(issue("I-4"), issue("I-2", **done), sealed_at=late)
    await system.reach(late + DAY)
    assert [(await system.ask(name, by=by, as_of=then)).content for name, by in asked] == before

    async def issues(as_of: int) -> dict[str, tuple[int, int]]:
        told = await system.told("issues", by="division", as_of=to_text(from_micros(as_of)))
        return {row["key"]: (row["total"], row["states"]["closed"]) for row in told["groups"]}

    # Nothing moves by the move itself; what happens later is the new division's.
    assert await issues(moves - 1) == await issues(moves) == {"230822": (3, 1)}
    assert await issues(late) == {"230822": (2, 1), "230890": (2, 1)}
    visits = await system.told("visits", by="division")
    assert [row["key"] for row in visits["groups"]] == ["230822"]
    # And the county of today reads all of it, the county of then what is left to it.
    everything = await system.told("issues", "P-other-county", by="school")
    assert {row["key"]: row["total"] for row in everything["groups"]} == {"S001": 3}
    left = await system.told("issues", "P-county", by="school")
    assert {row["key"]: row["total"] for row in left["groups"]} == {"S002": 1}
