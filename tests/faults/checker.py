"""The checker: `dudao verify` on everything, and beyond it an account of every single command in every place."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.ledgers import LEDGERS
from dudao.client.record import Acknowledged
from dudao.verify.findings import Finding
from dudao.verify.log import Log
from dudao.verify.run import Result, Target, verify
from runtime.mongo import Mongo
from tests import small_city
from tests.faults.caller import Caller
from tests.faults.journal import MUST_NOT, Command, Fate, Journal
from tests.faults.records import check_topic
from tests.faults.system import System

_SERVICES: Final = ("inspection", "notification")
_SHOWN: Final = 12
# What notification commits by itself, beside what people ask of it.
_OWN: Final = "RaiseAlerts"
# The kind of a planted command that is poison: it is discarded, so nobody counts it.
_DISCARDED: Final = "poison"

Allowed = Callable[[Finding], bool]


@dataclass(slots=True)
class Verdict:
    """What disagreed, by kind, with some examples; nothing: all is well."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    logs: dict[str, Log] = field(default_factory=dict)

    def add(self, kind: str, where: str) -> None:
        """Record a disagreement."""
        self.counts[kind] += 1
        if self.counts[kind] <= _SHOWN:
            self.examples.append(f"{kind}: {where}")

    @property
    def ok(self) -> bool:
        """Whether all agreed, and there was something to agree."""
        return not self.counts and self.checked["events"] > 0


class Checker:
    """Checks one system against the journal of its client; `seconds` bounds each wait for a consumer."""

    def __init__(self, system: System, journal: Journal, *, seconds: float = 90.0) -> None:
        self._system = system
        self._journal = journal
        self.seconds = seconds

    async def check(self, allowed: Allowed) -> Verdict:
        """Everything; waits until what is on its way has arrived."""
        verdict = Verdict()
        mongo = Mongo(self._system.mongod.url)
        try:
            target = Target(
                mongo=mongo, prefix=self._system.prefix, kafka="", acknowledged=self._acknowledged(),
                seconds=self.seconds,
            )  # fmt: skip
            result = await verify(target, lambda _: None)
            self._take(result, verdict, allowed)
            await self._records(target, verdict, allowed)
            await _Accounts(self._system, self._journal, target, verdict).check()
        finally:
            await mongo.close()
        return verdict

    def _acknowledged(self) -> list[Acknowledged]:
        return [found for command in self._journal if (found := command.acknowledged()) is not None]

    def _take(self, result: Result, verdict: Verdict, allowed: Allowed) -> None:
        shown = Counter(finding.code for finding in result.findings.shown)
        for finding in result.findings.shown:
            if not allowed(finding):
                verdict.add(finding.code, f"{finding.where} {finding.detail}")
        for code, count in result.findings.counts.items():
            # Of many only some are shown in full: what is not shown cannot be allowed.
            for _ in range(count - shown[code]):
                verdict.add(code, "…")
        verdict.checked.update(result.findings.checked)
        verdict.logs = result.heads

    async def _records(self, target: Target, verdict: Verdict, allowed: Allowed) -> None:
        # The cursors first: what they say is published must be there.
        cursors = {name: await self._cursor(target, log) for name, log in verdict.logs.items()}
        brokers = self._system.brokers
        topics = await asyncio.gather(*(check_topic(brokers, log) for log in verdict.logs.values()))
        for (name, log), topic in zip(verdict.logs.items(), topics, strict=True):
            verdict.checked["records"] += topic.records
            for where, fault in topic.faults:
                if not allowed(Finding("record-forged", where, fault)):
                    verdict.add("record-forged", f"{where} {fault}")
            if log.ledger.topic not in self._system.emptied:
                for stream, seq in sorted(cursors[name] - topic.entries):
                    verdict.add("not-published", f"{name}/{stream}/{seq}")

    @staticmethod
    async def _cursor(target: Target, log: Log) -> set[tuple[int, int]]:
        """Every entry that the relay says is published."""
        row = await target.database(log.ledger.owner)["cursors"].find_one({"_id": "publish"}) or {"at": {}}
        at = row["at"].get(log.ledger.name, {})
        return {(int(stream), seq) for stream, last in at.items() for seq in range(1, last + 1)}


@dataclass(slots=True)
class _Places:
    """Where the commands of one service are found: request → how often, in each place."""

    commits: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)


class _Accounts:
    """Each command in commits, events, what reporting has counted, and the list that people see."""

    def __init__(self, system: System, journal: Journal, target: Target, verdict: Verdict) -> None:
        self._system = system
        self._journal = journal
        self._target = target
        self._verdict = verdict

    async def check(self) -> None:
        """All of it."""
        places = {service: await self._places(service) for service in _SERVICES}
        for command in self._journal:
            self._command(command, places[command.service])
        for service in _SERVICES:
            self._from_nowhere(places[service])
        await self._list()

    async def _places(self, service: str) -> _Places:
        found = _Places()
        async for row in self._target.database(service)["commits"].find({}, {"_id": 1, "command": 1}):
            request, k = row["_id"].rsplit("/", 1)
            if row["command"] != _OWN and k == "0":
                found.commits[request] += 1
        ledgers = [ledger for ledger in LEDGERS.values() if ledger.owner == service]
        for ledger in ledgers:
            kept = self._target.database("reporting")["changes"].find({"ledger": ledger.name}, {"rows.moves": 0})
            counted = {f"{ledger.name}/{one['stream']}/{row['seq']:012d}" async for one in kept for row in one["rows"]}
            for event in self._verdict.logs[ledger.name].all():
                request = event.id.split("/")[0]
                found.events[request] += 1
                place = f"{ledger.name}/{event.stream}/{event.seq:012d}"
                found.counted[request] += ledger.name == "registry" or place in counted
        return found

    def _command(self, command: Command, places: _Places) -> None:
        request, fate = command.request, command.fate
        where = f"{command.kind} {command.path} {request}"
        self._verdict.checked[fate] += 1
        self._answers(command, where)
        if command.kind.startswith(MUST_NOT) and fate is Fate.ACKNOWLEDGED:
            self._verdict.add("should-be-refused", where)
        commits = places.commits[request]
        if fate is Fate.ACKNOWLEDGED and commits != 1:
            self._verdict.add("acknowledged-lost", where)
        if fate is Fate.REFUSED and commits:
            self._verdict.add("refused-but-done", where)
        if command.kind != _DISCARDED and places.counted[request] != places.events[request]:
            self._verdict.add("not-counted", f"{where}: {places.counted[request]} of {places.events[request]} events")
        if bool(places.events[request]) != bool(commits):
            self._verdict.add("not-everywhere", f"{where}: {commits} commits, {places.events[request]} events")

    def _answers(self, command: Command, where: str) -> None:
        """What is acknowledged is so at every attempt, even at two at once, and in the same words."""
        first = next((one for one in command.told if one.fate is Fate.ACKNOWLEDGED), None)
        if first is None:
            return
        for one in command.told:
            if one.fate is Fate.ACKNOWLEDGED and (one.status, one.answer) != (first.status, first.answer):
                self._verdict.add("answer-differs", where)
            if one.fate is Fate.REFUSED and one.status not in (401, 403):
                self._verdict.add("repeat-refused", f"{where}: {one.status} {one.why}")

    def _from_nowhere(self, places: _Places) -> None:
        known = self._journal.commands.keys() | self._system.setup
        for request in places.commits.keys() - known:
            self._verdict.add("from-nowhere", request)

    async def _list(self) -> None:
        """The list as the bureau sees it: each acknowledged draft once, no refused one, and what is there is listed."""
        rows = await self._pages()
        texts, ids = Counter(row["description"] for row in rows), Counter(row["id"] for row in rows)
        for id_ in [id_ for id_, n in ids.items() if n > 1]:
            self._verdict.add("listed-twice", id_)
        for command in self._journal:
            if command.kind == "draft":
                listed = texts[f"自查 {command.key}"]
                if listed > 1 or (command.fate is Fate.ACKNOWLEDGED) > listed:
                    self._verdict.add("list-wrong", f"{command.key} is listed {listed} times")
                if command.fate is Fate.REFUSED and listed:
                    self._verdict.add("refused-but-done", command.key)
        self._verdict.checked["listed"] += len(rows)

    async def _pages(self) -> list[dict[str, Any]]:
        caller = Caller(self._system, self._journal, "check")
        rows: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        try:
            while True:
                page = await caller.get(small_city.BUREAU[0], "inspection", "/v1/issues", limit=200, **cursor)
                if page is None:
                    self._verdict.add("list-unreadable", "/v1/issues")
                    return rows
                rows += page["items"]
                if page["next"] is None:
                    return rows
                cursor = {"cursor": page["next"]}
        finally:
            await caller.close()
