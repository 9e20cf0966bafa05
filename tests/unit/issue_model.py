"""A plain model of one issue, written from the tables of the business and not from the code: what commands do.

It knows names, and days as text. What may stand in the way is in `issue_model_rules`. Nothing of the product is used.
"""

from dataclasses import dataclass, field

from tests.unit.issue_model_city import City, Given

SUGGESTED = {"critical": 5, "major": 15, "minor": 30}
TALK, NOTICE = 2, 3


@dataclass
class Signature:
    """A responsibility in force: by when it is to be signed, and whether it is."""

    by: str
    signed: bool = False


@dataclass
class Model:
    """One issue, from its draft on. `due` is the date in force, `clock` when whoever's turn it is must have acted."""

    city: City
    source: str
    drafter: str
    severity: str
    mode: str
    state: str = "drafted"
    owner: str = "none"
    clock: str | None = None
    due: str = "2000-01-01"
    issuer: str | None = None
    assigner: str | None = None
    recurs: bool = False
    acknowledge_by: str = ""
    received: str | None = None
    plan_by: str = ""
    planned: bool = False
    lead: str | None = None
    named: dict[str, Signature] = field(default_factory=dict)
    had_a_hand: set[str] = field(default_factory=set)
    percent: int = 0
    evidence: bool = False
    task_due: str = ""
    helper: str | None = None
    asked: str = ""
    before: str = ""
    stopped_on: str = ""
    stopped_days: list[int] = field(default_factory=list)
    objected: bool = False
    extension: tuple[str, str] | None = None
    extensions: int = 0
    on_time: list[bool] = field(default_factory=list)
    run_since: str = ""
    worked: int = 0
    checkers: list[str] = field(default_factory=list)
    stages: int = 0
    closings: list[bool] = field(default_factory=list)
    closed_by_leader: bool = False
    urged_on: str = ""
    cards: dict[str, list[bool]] = field(default_factory=dict)
    proposes: str | None = None
    revisions: int = 0
    opinions: int = 0

    @property
    def team(self) -> set[str]:
        return self.city.team if self.source == "supervision" else set()

    @property
    def leaders(self) -> set[str]:
        return self.city.leaders if self.source == "supervision" else set()

    @property
    def done(self) -> bool:
        return self.percent == 100

    def apply(self, command: str, who: str, today: str, given: Given) -> None:
        """Carry out a command that is not refused."""
        getattr(self, f"do_{command}")(who, today, given)

    # Clocks

    def runs(self, today: str, due: str) -> None:
        """The clock of whoever rectifies starts."""
        self.owner, self.due, self.clock = ("school" if self.helper is None else "body"), due, due
        self.run_since = today

    def ends(self, state: str) -> None:
        self.state, self.owner, self.clock = state, "none", None

    def waits(self, state: str, owner: str, today: str) -> None:
        """Somebody else has five working days; whoever rectifies waits."""
        self.state, self.owner, self.clock = state, owner, self.city.after(today, 5)

    def stops(self, state: str, owner: str, today: str) -> None:
        self.before, self.stopped_on = self.state, today
        self.waits(state, owner, today)

    def stop_ends(self, today: str) -> int:
        days = self.city.between(self.stopped_on, today)
        self.stopped_days.append(days)
        self.worked -= days
        return days

    def resumes(self, today: str) -> None:
        days = self.stop_ends(today)
        self.state, self.owner = self.before, "school"
        self.due = self.clock = self.later(self.due, days)
        if self.received is None:
            self.acknowledge_by = self.later(self.acknowledge_by, days)
        elif not self.planned:
            self.plan_by = self.later(self.plan_by, days)
        if self.planned and not self.done:
            self.task_due = self.later(self.task_due, days)
        for signature in self.named.values():
            if not signature.signed:
                signature.by = self.later(signature.by, days)

    def later(self, day: str, days: int) -> str:
        return self.city.after(day, days) if days else day

    def suggestion(self, today: str) -> str:
        return self.city.after(today, 3 if self.mode == "immediate" else SUGGESTED[self.severity])

    def sign_by(self, today: str) -> str:
        return today if self.mode == "immediate" else self.city.after(today, 3)

    def plan_due(self, today: str) -> str:
        days = 0 if self.mode == "immediate" else 1 if self.severity == "critical" else 5
        return self.city.after(today, days)

    # Before and at 交办

    def do_amend(self, *_: object) -> None:
        self.revisions += 1

    def do_submit(self, *_: object) -> None:
        self.state, self.owner = "submitted", "issuer"

    def do_assign(self, who: str, today: str, given: Given) -> None:
        self.severity, self.mode = given.severity, given.mode
        on_the_spot = who in self.leaders and (self.severity, self.mode) == ("minor", "immediate")
        in_the_countys_name = on_the_spot or (self.severity != "critical" and self.city.county(who))
        self.issuer = self.city.body if in_the_countys_name else "city"
        self.assigner, self.state, self.recurs = who, "assigned", given.other == "closed"
        self.acknowledge_by = self.city.after(today, 2)
        self.runs(today, given.day or self.suggestion(today))

    def do_merge(self, *_: object) -> None:
        self.ends("merged")

    def do_withdraw(self, _: str, today: str, __: Given) -> None:
        if self.state in {"objected", "help_asked"}:
            self.stop_ends(today)
        self.ends("withdrawn")

    # The straight way

    def do_acknowledge(self, _: str, today: str, __: Given) -> None:
        self.state, self.received, self.plan_by = "acknowledged", today, self.plan_due(today)

    def do_plan(self, who: str, today: str, given: Given) -> None:
        self.state, self.planned = "planned", True
        self.names(who, today, given)
        for signature in self.named.values():
            signature.by = self.sign_by(today)

    def do_replan(self, who: str, today: str, given: Given) -> None:
        self.names(who, today, given)

    def names(self, who: str, today: str, given: Given) -> None:
        """Who stays in the same part keeps the signature; whoever is new in it signs anew."""
        stay = {one: kept for one, kept in self.named.items() if (one == self.lead) == (one == given.lead)}
        people = (given.lead, *given.others)
        self.named = {one: stay.get(one) or Signature(self.sign_by(today)) for one in people}
        self.lead, self.task_due = given.lead, given.day or self.due
        self.had_a_hand |= {who, *people}

    def do_sign(self, who: str, *_: object) -> None:
        self.named[who].signed = True

    def do_progress(self, _: str, __: str, given: Given) -> None:
        self.state, self.percent, self.evidence = "rectifying", given.percent, self.evidence or given.evidence

    def do_report(self, who: str, today: str, _: Given) -> None:
        self.had_a_hand.add(who)
        self.on_time.append(today <= self.due)
        self.worked += self.city.between(self.run_since, today)
        self.waits("reported", "checker", today)
        self.extension = None

    def do_check(self, who: str, today: str, given: Given) -> None:
        first = self.state == "reported"
        self.checkers.append(who)
        if not given.yes:
            assert given.day is not None
            self.state = "returned"
            self.runs(today, given.day)
        elif self.severity == "critical" and first:
            self.waits("checked", "checker", today)
        elif self.mode == "standing" and self.stages == 0:
            self.stages, self.state = 1, "rectifying"
            self.runs(today, given.day or self.city.after(today, SUGGESTED[self.severity]))
        else:
            self.closed_by_leader = self.helper is None and self.severity == "minor" and who in self.leaders
            self.stages += self.mode == "standing"
            self.closings.append(False)
            self.ends("closed")

    def do_reopen(self, _: str, today: str, given: Given) -> None:
        assert given.day is not None
        self.closings[-1] = True
        self.state, self.stages = "rectifying", 0
        self.runs(today, given.day)

    # Objection, help, extension

    def do_object(self, _: str, today: str, __: Given) -> None:
        self.objected = True
        self.stops("objected", "issuer", today)

    def do_decide_objection(self, _: str, today: str, given: Given) -> None:
        if given.yes:
            self.stop_ends(today)
            self.ends("withdrawn")
        else:
            self.resumes(today)

    def do_ask_help(self, _: str, today: str, __: Given) -> None:
        self.asked = self.city.body
        self.stops("help_asked", "body", today)

    def do_pass_up(self, _: str, today: str, __: Given) -> None:
        self.asked = "city"
        self.waits("help_asked", "body", today)

    def do_decide_help(self, who: str, today: str, given: Given) -> None:
        if not given.yes:
            self.resumes(today)
            return
        self.stop_ends(today)
        since = self.run_since
        self.helper = self.asked if self.asked == "city" else self.city.body
        self.state, self.lead, self.extension = "acknowledged", who, None
        self.named = {who: Signature(self.sign_by(today))}
        self.plan_by = self.plan_due(today)
        self.had_a_hand.add(who)
        self.runs(today, given.day or self.suggestion(today))
        self.run_since = since

    def do_ask_extension(self, who: str, _: str, given: Given) -> None:
        assert given.day is not None
        self.extensions += 1
        self.extension = (who, given.day)

    def do_decide_extension(self, _: str, __: str, given: Given) -> None:
        assert self.extension is not None
        if given.yes:
            if self.planned and not self.done and self.task_due == self.due:
                self.task_due = given.day or self.extension[1]
            self.due = self.clock = given.day or self.extension[1]
        self.extension = None

    # Beside

    def do_correct(self, *_: object) -> None:
        self.revisions += 1

    def do_give_opinion(self, *_: object) -> None:
        self.opinions += 1

    def do_urge(self, _: str, today: str, __: Given) -> None:
        self.urged_on = today

    def do_issue_card(self, _: str, __: str, given: Given) -> None:
        red = given.earlier_red + 1 if given.colour == "red" else 0
        self.proposes = "notice" if red >= NOTICE else "talk" if red >= TALK else None
        self.cards[given.card] = [False, False]

    def do_receive_card(self, _: str, __: str, given: Given) -> None:
        self.cards[given.card][0] = True

    def do_decide_card(self, _: str, __: str, given: Given) -> None:
        self.cards[given.card][1] = True
