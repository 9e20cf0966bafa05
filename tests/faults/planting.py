"""Commits that no service would make: written past the API, by the same writer, on an issue of their own."""

import random
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from contracts.ledgers import LISTS, stream_of
from dudao.client.record import Said
from runtime import canonical
from runtime.clock import SystemClock, to_micros, to_text
from runtime.ledger.model import Answer, Change, Event, Unit
from runtime.ledger.writer import write_in
from runtime.mongo import Mongo
from tests.faults.journal import Command, Fate, Told, digest
from tests.faults.lives import Lives, Site
from tests.faults.system import token
from tests.faults.trial import NotSeenError, Trial

Entry = dict[str, Any]
BODY: Final = b"{}"
PERSON: Final = "P-planter"


class Planter:
    """Plants commits on one drafted issue, which nobody else touches."""

    def __init__(self, trial: Trial, site: Site, issue: Entry) -> None:
        self._trial = trial
        self.site = site
        self.version: int = issue["version"]
        self.entry: Entry = {name: value for name, value in issue.items() if name != "version"}

    @classmethod
    async def on_new_issue(cls, trial: Trial, dice: random.Random) -> "Planter":
        """Draft an issue for it."""
        site = Site.of(dice.randint(1, 24))
        for _ in range(20):
            answer = await Lives(trial.caller, dice, lambda: False).draft(site)
            if answer.ok:
                return cls(trial, site, answer.body)
        raise NotSeenError("an issue to plant on")

    @property
    def aggregate(self) -> str:
        """Of the issue."""
        return f"issue/{self.entry['id']}"

    def data(self, entry: Entry | None = None) -> bytes:
        """An event's bytes as inspection would make them."""
        actor = {"person": PERSON, "role": "cadre", "organisation": self.site.school}
        at = to_text(SystemClock().now())
        cause = {"command": "Plant", "request": "planted", "actor": actor, "at": at, "note": None}
        return canonical.encode({"entry": entry or self.entry, "cause": cause, "focus": None})

    async def commit(self, kind: str, *events: tuple[str, bytes]) -> Command:
        """One more version of the issue, told in these events: (type, data)."""
        command = Command(PERSON, f"{kind}-{token()}", "inspection", "POST", f"/planted/{kind}", kind)
        await self._trial.journal.attempt(command)
        mongo = Mongo(self._trial.system.mongod.url)
        try:
            db = mongo.database(f"{self._trial.system.prefix}_inspection")
            unit = self._unit(command, events)
            await mongo.transaction(lambda session: write_in(session, db, unit))
        finally:
            await mongo.close()
        self.version += 1
        await self._trial.journal.note(command, Told(Fate.ACKNOWLEDGED, 200, digest(BODY), Said()))
        return command

    def _unit(self, command: Command, events: Sequence[tuple[str, bytes]]) -> Unit:
        change = Change(
            ledger=LISTS.name,
            stream=stream_of(LISTS, self.site.school),
            key=self.site.school,
            collection="issues",
            id=self.entry["id"],
            aggregate=self.aggregate,
            expected=self.version,
            state=msgspec.to_builtins(self.entry),
            events=tuple(Event(type_, self.aggregate, data) for type_, data in events),
        )
        now = to_micros(SystemClock().now())
        return Unit(command.request, digest(b""), "Plant", PERSON, now, (change,), Answer(200, BODY))
