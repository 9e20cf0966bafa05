"""Notification's adapters on a real MongoDB: raising, reading, pages, structure from the mirror, the live feed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from contracts.ledgers import ALERTS
from contracts.persons import Absence, AbsenceEvent, Commitment, CommitmentEvent
from contracts.registry import BranchEvent, Person, PersonEvent, SchoolEvent
from runtime.errors import NotFound, Rejected, Retryable
from runtime.ledger.initialise import initialise
from runtime.ledger.model import Unit
from runtime.ledger.writer import COMMITS
from runtime.mirror import Mirror, MirrorProjection
from runtime.mongo import Database, Mongo
from services.notification.adapters.alert_feed import STREAMS_AT_MOST, WAITING_AT_MOST, AlertFeed
from services.notification.adapters.mirror_structures import LOOKUPS, MirrorStructures
from services.notification.adapters.mongo_alert_writing import MongoAlertWriting
from services.notification.adapters.mongo_alerts import MongoAlerts
from services.notification.adapters.registry_reaction import RegistryReaction
from services.notification.application.ports import AlertFilter, Counts, LoadedAlert, Position
from services.notification.domain.alert import Alert
from services.notification.domain.sight import Sight
from services.notification.domain.surroundings import Holding
from tests.notification_samples import BRANCH, CAUSE, REGISTERED, SCHOOL, alert, grant_event, registry_entry, unit

BUREAU = Sight(city=True, divisions=(), tour=False)
READER = Sight(city=False, divisions=(), tour=True)
COUNTY = Sight(city=False, divisions=("230822",), tour=False)


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongod_url)
    yield client
    await client.close()


@pytest.fixture
async def db(mongo: Mongo, database: str) -> Database:
    prepared = mongo.database(database)
    await initialise(mongo, prepared, [ALERTS])
    await MongoAlerts(prepared).prepare()
    await MirrorProjection(prepared, LOOKUPS).prepare()
    return prepared


async def write(mongo: Mongo, db: Database, *units: Unit) -> None:
    await mongo.transaction(lambda session: MongoAlertWriting(db).write(units, session))


async def raise_all(mongo: Mongo, db: Database, *alerts: Alert) -> None:
    await write(mongo, db, *(unit(number, one) for number, one in enumerate(alerts)))


def ids(rows: Sequence[LoadedAlert]) -> list[int]:
    return [int(row.alert.id, 16) for row in rows]


async def test_a_unit_is_written_once_however_often_it_comes(mongo: Mongo, db: Database) -> None:
    both = unit(1, alert(1), alert(2, person="P-2"))
    await write(mongo, db, both)
    await write(mongo, db, both, unit(2, alert(3)))
    assert await db["alerts"].count_documents({}) == 3
    assert await db[COMMITS].count_documents({}) == 3
    assert (await MongoAlerts(db).get_own(alert(1).id, "P-1")) == LoadedAlert(alert(1), 1)


async def test_a_request_that_comes_again_for_others_tells_them_too_and_nobody_twice(
    mongo: Mongo, db: Database
) -> None:
    """The lists were restored, the same command was given again, and somebody else is secretary now."""
    await write(mongo, db, unit(1, alert(1)))
    other = replace(unit(1, alert(1), alert(2, person="P-2")), body_hash="of other bytes")
    for _ in range(2):
        await write(mongo, db, other)
    assert await db["alerts"].count_documents({}) == 2
    assert await db[COMMITS].count_documents({}) == 2
    assert await db["alerts"].count_documents({"version": 1}) == 2


async def test_alerts_of_a_transaction_that_fails_are_not_there(mongo: Mongo, db: Database) -> None:
    async def work(session: Any) -> None:
        await MongoAlertWriting(db).write([unit(1, alert(1))], session)
        raise LookupError("the watermark could not be moved")

    with pytest.raises(LookupError):
        await mongo.transaction(work)
    assert await db["alerts"].count_documents({}) == 0
    assert await db[COMMITS].count_documents({}) == 0


async def test_another_persons_alert_does_not_exist(mongo: Mongo, db: Database) -> None:
    await raise_all(mongo, db, alert(1))
    for someone, which in (("P-2", alert(1).id), ("P-1", "0" * 32)):
        with pytest.raises(NotFound):
            await MongoAlerts(db).get_own(which, someone)


async def test_inbox_is_ones_own_newest_first_in_pages(mongo: Mongo, db: Database) -> None:
    same_time = alert(3).raised_at
    await raise_all(mongo, db, *(alert(n) for n in (1, 2, 3)), alert(4, raised_at=same_time), alert(5, person="P-2"))
    alerts = MongoAlerts(db)
    seen: list[int] = []
    after: Position | None = None
    while rows := await alerts.inbox("P-1", unread=False, after=after, limit=1):
        seen += ids(rows)
        after = Position(rows[-1].alert.raised_at, rows[-1].alert.id)
    assert seen == [4, 3, 2, 1]
    assert ids(await alerts.inbox("P-2", unread=False, after=None, limit=9)) == [5]


async def test_unread_and_counts(mongo: Mongo, db: Database) -> None:
    now = "2026-09-26T08:00:00.000000Z"
    await raise_all(
        mongo,
        db,
        alert(1),
        alert(2, read_at=now),
        alert(3, read_at=now, acknowledged_at=now),
        alert(4, must_acknowledge=False),
        alert(5, person="P-2"),
    )
    alerts = MongoAlerts(db)
    assert ids(await alerts.inbox("P-1", unread=True, after=None, limit=9)) == [4, 1]
    assert await alerts.counts("P-1") == Counts(unread=2, to_acknowledge=2)
    assert await alerts.counts("P-9") == Counts(unread=0, to_acknowledge=0)


async def test_officers_see_what_their_grants_open(mongo: Mongo, db: Database) -> None:
    tour = {"source": "inspection_tour"}
    await raise_all(
        mongo,
        db,
        alert(1),
        alert(2, school="S002", rule="returned"),
        alert(3, **tour),
        alert(4, school="S002", source=None),
    )
    alerts = MongoAlerts(db)

    async def seen(sight: Sight, schools: list[str] | None, asked: AlertFilter | None = None) -> list[int]:
        return ids(await alerts.seen_by(sight, schools, asked or AlertFilter(), None, 9))

    assert await seen(BUREAU, None) == [4, 2, 1]
    assert await seen(COUNTY, ["S001"]) == [1]
    assert await seen(COUNTY, []) == []
    assert await seen(READER, []) == [3]
    assert await seen(replace(BUREAU, tour=True), None) == [4, 3, 2, 1]
    assert await seen(Sight(city=False, divisions=(), tour=False), []) == []
    assert await seen(BUREAU, None, AlertFilter(school="S002")) == [4, 2]
    assert await seen(BUREAU, None, AlertFilter(school="S002", rule="returned")) == [2]
    assert await seen(COUNTY, ["S001"], AlertFilter(school="S002")) == []


async def mirror(mongo: Mongo, db: Database, *events: tuple[str, Any]) -> None:
    entries = [registry_entry(seq, *event) for seq, event in enumerate(events, start=1)]
    await mongo.transaction(lambda session: MirrorProjection(db, LOOKUPS).apply(entries, session))


async def test_structure_is_that_of_the_seq_asked_for(mongo: Mongo, db: Database) -> None:
    await mirror(
        mongo,
        db,
        *REGISTERED,
        grant_event("old", "secretary", "B001"),
        grant_event("county", "county_officer", "230822"),
        grant_event("bureau", "bureau_officer", "230800"),
        grant_event("leader", "team_leader", "T-1"),
        grant_event("above", "secretary", "B000"),
        grant_event("elsewhere", "secretary", "B777"),
        grant_event("old", "secretary", "B001", revoked=True),
        grant_event("new", "secretary", "B001"),
    )
    structures = MirrorStructures(Mirror(db))
    then = await structures.around("S001", "T-1", 10)
    assert (then.school_name, then.covered, then.branches) == ("桦南县第一小学", True, ("B001", "B000"))
    assert (then.division, then.city, then.city_direct, then.team) == ("230822", "230800", False, "T-1")
    assert then.holdings == {
        Holding("B001", "secretary", "P-old"),
        Holding("230822", "county_officer", "P-county"),
        Holding("230800", "bureau_officer", "P-bureau"),
        Holding("T-1", "team_leader", "P-leader"),
        Holding("B000", "secretary", "P-above"),
    }
    assert (await structures.around("S001", None, 11)).secretaries() == ("P-above",)
    assert (await structures.around("S001", None, 12)).secretaries() == ("P-new",)
    assert (await structures.around("S001", "T-1", 10)) == then
    with pytest.raises(NotFound):
        await structures.around("S001", None, 3)


async def test_todays_grants_and_schools(mongo: Mongo, db: Database) -> None:
    moved = SchoolEvent(entry=msgspec.structs.replace(SCHOOL, division="230890"), cause=CAUSE)
    await mirror(
        mongo,
        db,
        *REGISTERED,
        grant_event("county", "county_officer", "230822"),
        grant_event("gone", "county_officer", "230822"),
        grant_event("gone", "county_officer", "230822", revoked=True),
        ("inspection.school.changed.v1", moved),
    )
    structures = MirrorStructures(Mirror(db))
    assert await structures.grants_of("P-county") == [("county_officer", "230822")]
    assert await structures.grants_of("P-gone") == []
    assert await structures.schools_of(["230822"]) == []
    assert await structures.schools_of(["230822", "230890"]) == ["S001"]
    assert await structures.schools_of([]) == []


async def test_an_absence_counts_from_its_registry_seq_until_it_is_ended(mongo: Mongo, db: Database) -> None:
    trip = Absence(id="A1", person="P-old", starts="2026-09-22", ends="2026-09-30", reason="外出培训")
    back = msgspec.structs.replace(trip, ended=True)
    await mirror(
        mongo,
        db,
        *REGISTERED,
        grant_event("old", "secretary", "B001"),
        grant_event("deputy", "deputy_secretary", "B001"),
        ("inspection.absence.declared.v1", AbsenceEvent(entry=trip, cause=CAUSE)),
        ("inspection.absence.ended.v1", AbsenceEvent(entry=back, cause=CAUSE)),
    )
    structures = MirrorStructures(Mirror(db))
    first = len(REGISTERED) + 2
    told = [(await structures.around("S001", None, first + later)).on("2026-09-22").secretaries() for later in range(3)]
    assert told == [("P-old",), ("P-deputy", "P-old"), ("P-old",)]
    assert (await structures.around("S001", None, first + 1)).on("2026-09-21").secretaries() == ("P-old",)


LETTER = Commitment(
    id="C1", person="P-teacher", school="S001", year=2026, kind="teaching_letter", title="责任书", signed_at=None
)  # fmt: skip


async def test_who_is_to_sign_a_letter_is_told_once_and_in_the_mirrors_transaction(mongo: Mongo, db: Database) -> None:
    await initialise(mongo, db, [ALERTS])
    claimed = msgspec.structs.replace(LETTER, id="C2", person=CAUSE.actor.person, kind="model_post")
    signed = msgspec.structs.replace(LETTER, signed_at="2026-09-25T08:00:00.000000Z")
    events = (
        *REGISTERED,
        ("inspection.commitment.proposed.v1", CommitmentEvent(entry=LETTER, cause=CAUSE)),
        ("inspection.commitment.proposed.v1", CommitmentEvent(entry=claimed, cause=CAUSE)),
        ("inspection.commitment.signed.v1", CommitmentEvent(entry=signed, cause=CAUSE)),
    )
    entries = [registry_entry(seq, *event) for seq, event in enumerate(events, start=1)]
    reaction = RegistryReaction(db, LOOKUPS)
    for _ in range(2):
        await mongo.transaction(lambda session: reaction.apply(entries, session))
    rows = [row["entry"] async for row in db["alerts"].find({})]
    assert [(row["rule"], row["person"], row["subject"]) for row in rows] == [("to_sign", "P-teacher", "commitment/C1")]
    assert rows[0]["text"] == "桦南县第一小学：2026年教育教学责任书待本人签字。"
    assert rows[0]["event"] == f"reg{len(REGISTERED) + 1}/0/0"
    assert (await Mirror(db).get("commitment", "C1") or {})["signed_at"] == signed.signed_at


async def test_members_are_those_of_every_school_of_the_branch_and_of_groups_at_any_depth(
    mongo: Mongo, db: Database
) -> None:
    def group(id_: str, parent: str) -> tuple[str, BranchEvent]:
        below = msgspec.structs.replace(BRANCH, id=id_, parent=parent, schools=())
        return "inspection.branch.registered.v1", BranchEvent(entry=below, cause=CAUSE)

    def person(id_: str, school: str | None, verb: str = "registered") -> tuple[str, PersonEvent]:
        entry = Person(id=id_, name="n", post="p", school=school, retired=verb == "retired")
        return f"inspection.person.{verb}.v1", PersonEvent(entry=entry, cause=CAUSE)

    await mirror(
        mongo, db, *REGISTERED, group("B001-1", "B001"), group("B001-1-1", "B001-1"),
        grant_event("deep", "secretary", "B001-1-1"), grant_event("joint", "cadre", "S002"),
        grant_event("linked", "liaison_leader", "B001"), grant_event("elsewhere", "cadre", "S003"),
        person("P-home", "S002"), person("P-other", "S003"), person("P-gone", "S001"),
        person("P-gone", "S001", "retired"),
    )  # fmt: skip
    members = (await MirrorStructures(Mirror(db)).around("S001", None, len(REGISTERED) + 10)).members
    assert members == {"P-deep", "P-joint", "P-home"}


@pytest.fixture
async def feed(mongo: Mongo, db: Database) -> AsyncIterator[AlertFeed]:
    made = AlertFeed(mongo, db)
    task = asyncio.create_task(made.run())
    await asyncio.wait_for(made.following.wait(), 10)
    yield made
    task.cancel()
    await asyncio.wait([task])


async def test_new_alerts_reach_those_who_listen_and_nobody_else(mongo: Mongo, db: Database, feed: AlertFeed) -> None:
    with feed.listen("P-1") as mine, feed.listen("P-2") as others:
        await raise_all(mongo, db, alert(1), alert(2))
        assert [(await mine.next(10)), (await mine.next(10))] == [LoadedAlert(alert(1), 1), LoadedAlert(alert(2), 1)]
        assert await others.next(0.05) is None
        assert not others.missed


async def test_a_slow_listener_is_told_that_it_missed_something(mongo: Mongo, db: Database, feed: AlertFeed) -> None:
    with feed.listen("P-1") as slow, feed.listen("P-1") as quick:
        await write(mongo, db, unit(1, *(alert(n) for n in range(WAITING_AT_MOST + 1))))
        for _ in range(WAITING_AT_MOST):
            assert await quick.next(10) is not None
        assert slow.missed


async def test_streams_of_a_person_are_bounded(feed: AlertFeed) -> None:
    listening = [feed.listen("P-1") for _ in range(STREAMS_AT_MOST)]
    for one in listening:
        feed.require_room("P-1")
        one.__enter__()
    with pytest.raises(Rejected, match="too-many-streams"):
        feed.require_room("P-1")
    feed.require_room("P-2")
    for one in listening:
        one.__exit__(None, None, None)
    feed.require_room("P-1")


async def test_a_feed_that_broke_off_begins_anew_and_says_so(mongo: Mongo, db: Database, feed: AlertFeed) -> None:
    with feed.listen("P-1") as mine:
        await db["alerts"].drop()
        async with asyncio.timeout(30):
            while not mine.missed:
                assert await mine.next(0.05) is None
            await raise_all(mongo, db, alert(1))
            while (found := await mine.next(5)) is None:
                continue
        assert found == LoadedAlert(alert(1), 1)


async def test_an_unfollowed_feed_is_not_ready(mongo: Mongo, db: Database, feed: AlertFeed) -> None:
    await feed.require()
    with pytest.raises(Retryable):
        await AlertFeed(mongo, db).require()
