"""Report = recomputation: what reporting has counted, against a count of the events themselves."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from dudao.verify.findings import Findings
from dudao.verify.log import Log, Sealed
from dudao.verify.structure import Structure
from runtime.mongo import Database, Mongo

Entry = dict[str, Any]
Key = tuple[str, str, str, str]
"""Subject, place, facet, measure."""

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
ISSUE_FACETS: Final = ("area", "severity", "mode", "source", "item", "team", "round")
VISIT_FACETS: Final = ("round", "team", "kind")
LAST_DAYS: Final = 31


def day_of(micros: int) -> str:
    """The day in China of an instant in µs since 1970."""
    return (datetime.fromtimestamp(micros // 1_000_000, UTC)).astimezone(SHANGHAI).date().isoformat()


def _escaped(text: str | None) -> str:
    return (text or "-").replace("%", "%25").replace(".", "%2E").replace("$", "%24")


def _place(school: str, structure: Mapping[str, Any] | None, tour: bool, body: str | None = None) -> str:
    found = structure or {}
    names = ("division", "level", "locality", "organised")
    told = "/".join((school, *(str(found.get(name, "-")) for name in names), "tour" if tour else "open"))
    return f"{told}/{body}" if body else told


def _facets(entry: Entry, kinds: Iterable[str]) -> list[str]:
    return ["all.all", *(f"{kind}.{_escaped(entry[kind])}" for kind in kinds)]


@dataclass(slots=True)
class _Issue:
    """What one issue counts from its last event on; overdue is a matter of the day asked for."""

    place: str
    facets: list[str]
    measures: Counter[str]
    overdue_after: str | None


def issue_counts(entry: Entry, school: Entry | None) -> _Issue:
    """The formulas of docs/manual: states; of what is assigned and not withdrawn 整改率, 按期整改率, standing apart."""
    measures: Counter[str] = Counter({f"state:{entry['state']}": 1})
    overdue_after = None
    if entry["assigned_at"] and entry["state"] != "withdrawn":
        false = sum(closing["false_closure"] for closing in entry["closings"])
        again = int(entry.get("recurs_of") is not None)
        measures.update({"false_closures": false, "reopened": 1 if false else 0, "recurrences": again})
        closed = entry["state"] == "closed"
        if entry["mode"] == "standing":
            measures.update({"standing": 1, "standing_closed": int(closed)})
        else:
            extended = any(asked["outcome"] == "granted" for asked in entry.get("extensions", ()))
            measures.update({"assigned": 1, "extended": int(extended)})
            if closed:
                last = entry["closings"][-1]
                measures.update({"closed": 1, f"days:{last['worked_days']}": 1, "closed_on_time": int(last["on_time"])})
            elif entry["state"] in ("reported", "checked"):
                measures["late_reported"] = int(bool(entry["reports"]) and not entry["reports"][-1]["on_time"])
            # While an objection or a request for help is decided, the clock of whoever rectifies stands still.
            stopped = closed or entry["state"] in ("objected", "help_asked")
            if not stopped and entry["clock"]["owner"] in ("school", "body") and entry["deadline"]:
                overdue_after = entry["deadline"]["day"]
    place = _place(entry["school"], school, entry["source"] == "inspection_tour", entry.get("helper"))
    return _Issue(place, _facets(entry, ISSUE_FACETS), measures, overdue_after)


@dataclass(slots=True)
class Count:
    """Everything counted so far, by what it is counted under."""

    structure: Structure
    issues: dict[str, _Issue] = field(default_factory=dict)
    visits: dict[str, tuple[str, list[str], Counter[str]]] = field(default_factory=dict)
    inventories: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)

    def take(self, event: Sealed) -> None:
        """Count the next event of the lists ledger; within a stream in order."""
        kind = event.aggregate.split("/")[0]
        entry = msgspec.json.decode(event.data)["entry"]
        school = self.structure.at("school", event.key, event.registry)
        if kind == "issue" and entry["submitted_at"] and not entry.get("assignment"):
            # A draft is its drafter's alone, a task from above is no issue: no report counts them.
            self.issues[event.aggregate] = issue_counts(entry, school)
        elif kind == "visit":
            self._take_visit(event, entry, school)

    def _take_visit(self, event: Sealed, entry: Entry, school: Entry | None) -> None:
        place = _place(entry["school"], entry["facts"] or school, tour=False)
        measures: Counter[str] = Counter({f"state:{entry['state']}": 1})
        if entry["state"] == "submitted":
            organised = (entry["facts"] or school or {}).get("organised", "-")
            measures.update({"submitted": 1, f"submitted:{organised}": 1})
            measures.update({"highlights": len(entry["highlights"]), "findings": len(entry["issues"])})
            if entry["score"] is not None:
                measures.update({"scored": 1, "score": entry["score"]})
            self._take_inventory(event, entry, place)
        self.visits[event.aggregate] = (place, _facets(entry, VISIT_FACETS), measures)

    def _take_inventory(self, event: Sealed, entry: Entry, place: str) -> None:
        checklist = self.structure.at("checklist", entry["checklist"], event.registry) or {"items": []}
        indicators = {i["code"]: i["indicator"] for i in checklist["items"] if i["indicator"] and i["type"] == "count"}
        known = dict(self.inventories.get(entry["school"], ("", {}))[1])
        counted: Counter[str] = Counter()
        for answer in entry["answers"]:
            if answer["item"] in indicators:
                own = not answer["not_applicable"] and answer["shared_with"] is None
                counted[indicators[answer["item"]]] += answer["value"] if own and answer["value"] else 0
        self.inventories[entry["school"]] = (place, {**known, **counted})

    def totals(self, day: str) -> Counter[Key]:
        """All counters as they stand on a day."""
        found: Counter[Key] = Counter()
        for issue in self.issues.values():
            overdue = {"overdue": 1} if issue.overdue_after is not None and issue.overdue_after < day else {}
            _add(found, "issues", issue.place, issue.facets, {**issue.measures, **overdue})
        for place, facets, measures in self.visits.values():
            _add(found, "visits", place, facets, measures)
        for place, values in self.inventories.values():
            _add(found, "indicators", place, ["all.all"], values)
        return Counter({key: n for key, n in found.items() if n})


def _add(found: Counter[Key], subject: str, place: str, facets: Iterable[str], measures: Mapping[str, int]) -> None:
    for facet in facets:
        for name, n in measures.items():
            found[subject, place, facet, name] += n


def _rolled(rows: Iterable[Mapping[str, Any]], day: str) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for row in rows:
        if row["day"] > day or row["subject"] == "alerts":
            continue
        place = _place(row["school"], row, row["tour"], row.get("body"))
        for part in ("moved", "booked"):
            for kind, names in row.get(part, {}).items():
                for name, measures in names.items():
                    _add(found, row["subject"], place, [f"{kind}.{name}"], measures)
    return Counter({key: n for key, n in found.items() if n})


def _by_day(log: Log, marks: Mapping[int, int]) -> Iterator[tuple[str, list[Sealed]]]:
    days: dict[str, list[Sealed]] = defaultdict(list)
    for event in log.told():
        if event.seq <= marks.get(event.stream, 0):
            days[day_of(event.sealed_at)].append(event)
    yield from sorted(days.items())


async def check_counters(mongo: Mongo, db: Database, log: Log, structure: Structure, findings: Findings) -> None:
    """Every rollup as of the end of each of the last days, and as of the days on which only time changes something."""
    async with mongo.snapshot() as session:
        match = {"ledger": log.ledger.name}
        marks = {row["stream"]: row["seq"] async for row in db["watermarks"].find(match, session=session)}
        rows = [row async for row in db["rollups"].find({}, session=session)]
    count = Count(structure)
    days = list(_by_day(log, marks))
    for number, (day, events) in enumerate(days):
        for event in events:
            count.take(event)
        if number >= len(days) - LAST_DAYS:
            _compare(count.totals(day), _rolled(rows, day), day, findings)
    if days:
        far = (date.fromisoformat(days[-1][0]) + timedelta(days=4000)).isoformat()
        _compare(count.totals(far), _rolled(rows, far), far, findings)


def _compare(wanted: Counter[Key], rolled: Counter[Key], day: str, findings: Findings) -> None:
    findings.count("counters", len(wanted))
    for key in sorted(wanted.keys() | rolled.keys()):
        if wanted[key] != rolled[key]:
            findings.add("report-wrong", f"{day} {'/'.join(key)}", f"{rolled[key]}, the events say {wanted[key]}")
