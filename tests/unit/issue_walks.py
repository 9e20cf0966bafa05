"""Walks that are drawn towards what was not seen yet, and the shortest one on which product and model part.

What is tried is drawn by its outcome: a step that is taken and each refusal are as likely as one another, however many
of the people and arguments at hand lead there. So walks go deep, and rare refusals come as often as common ones.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from tests.unit.issue_commands import alternatives
from tests.unit.issue_machine import DONE, DRAFTERS, SEVERAL, STAFF, WHO, Act, IssueMachine, Walk, outcome
from tests.unit.issue_model_city import Given
from tests.unit.issue_model_rules import ENDED, FROM, STATES, broken
from tests.unit.issue_outcomes import every_outcome

STRAIGHT = {
    "drafted": ("submit",), "submitted": ("assign",), "assigned": ("acknowledge", "issue_card", "object"),
    "acknowledged": ("plan", "plan", "object", "ask_help"),
    "planned": ("sign", "sign", "progress", "progress", "ask_help"),
    "returned": ("sign", "progress", "ask_extension"),
    "rectifying": ("sign", "progress", "report", "report", "ask_help"),
    "reported": ("check",), "checked": ("check",), "objected": ("decide_objection",),
    "help_asked": ("decide_help", "decide_help", "pass_up"), "closed": ("reopen",),
}  # fmt: skip
HURRIED = (
    "ask_extension",
    "decide_extension",
    "issue_card",
    "receive_card",
    "decide_card",
    "replan",
    "amend",
    "correct",
)
KINDS = (
    ("straight",) * 7 + ("beside",) * 2 + ("sought",) * 9 + ("allowed",) * 2 + ("anything",) + ("time",) * 3 + ("move",)
)
AGAIN = ("amend", "correct", "urge", "receive_card", "decide_card", "sign", "ask_extension")
"""What is refused only after it was done before."""
LOST = ("withdrawn", "merged")
EPILOGUE = 28
"""So many more things are tried on an issue that nothing can come of any more."""
ENDING = 0.08
"""How often a step that ends the walk is taken where it is drawn."""
Tried = tuple[str, Given]


@dataclass
class Seen:
    """Outcomes by state and command, what is missing of them by state, and how many steps each walk took."""

    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    missing: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: _by_state(every_outcome()))
    depths: list[int] = field(default_factory=list)

    def add(self, state: str, command: str, came: str) -> None:
        """It was seen."""
        self.outcomes[state, command, came] += 1
        self.missing[state].discard((command, came))


def _by_state(outcomes: set[tuple[str, str, str]]) -> dict[str, set[tuple[str, str]]]:
    return {state: {(command, came) for at, command, came in outcomes if at == state} for state in STATES}


def look(seed: int, length: int, seen: Seen) -> None:
    """One walk on both; raises `AssertionError` with the shortest walk found on which they part."""
    guide = Guide(Random(seed), seen)
    try:
        guide.walk(length)
    except AssertionError:
        _shortest(replace(guide.begin, acts=tuple(guide.acts)))
        raise


def _shortest(walk: Walk) -> None:
    told = _parted(walk)
    while told is not None:
        for shorter in _without(walk):
            if again := _parted(shorter):
                walk, told = shorter, again
                break
        else:
            raise AssertionError("\n".join(told))


def _parted(walk: Walk) -> list[str] | None:
    """What happened up to where product and model part; none if they never do."""
    machine = IssueMachine(walk)
    try:
        for act in walk.acts:
            machine.do(act)
        machine.end()
    except AssertionError as difference:
        return [*machine.told, str(difference)]
    return None


def _without(walk: Walk) -> Iterator[Walk]:
    """Shorter ones: half of what happened left out, a quarter, …, one act."""
    size = len(walk.acts)
    while size := size // 2:
        for start in range(0, len(walk.acts), size):
            yield replace(walk, acts=walk.acts[:start] + walk.acts[start + size :])


class Guide:
    """Says what happens next, by where the model is and by what was seen before."""

    def __init__(self, pick: Random, seen: Seen) -> None:
        self.pick, self.seen = pick, seen
        self.begin = Walk(
            source=pick.choice(("supervision", *sorted(DRAFTERS))),
            severity=pick.choice(("minor", "major", "critical")),
            mode=pick.choice(("immediate", "deadline", "standing")),
            division=pick.choice(("county", "county", "direct")),
        )
        self.machine = IssueMachine(self.begin)
        self.acts: list[Act] = []

    def walk(self, length: int) -> None:
        """So many things happen, fewer when nothing can come of it any more."""
        machine, epilogue = self.machine, EPILOGUE
        for _ in range(length):
            tried = len(machine.outcomes)
            kind = "anything" if machine.model.state in LOST else self.pick.choice(KINDS)
            act: Act | None = getattr(self, f"_{kind}")()
            if act is not None:
                self.acts.append(act)
                machine.do(act)
            for one in machine.outcomes[tried:]:
                self.seen.add(*one)
            epilogue -= machine.model.state in LOST
            if not epilogue:
                break
        machine.end()
        self.seen.depths.append(machine.accepted)

    def _time(self) -> Act:
        return "time_passes", (self.pick.choice((0, 1, 2, 3, 5, 9, 25, 25)), self.pick.randrange(24))

    def _move(self) -> Act:
        moves = (
            ("the_secretary_becomes", ("secretary", "secretary", "teacher", "other teacher", None)),
            ("a_teacher_moves_to", ("S1", "S1", "S9")),
            ("the_school_moves_to", ("county", "county", "elsewhere", "direct")),
            ("another_school_is_of_the_branch", (True, False, False)),
        )
        name, options = self.pick.choice(moves)
        return name, (self.pick.choice(options),)

    def _straight(self) -> Act | None:
        """A step on the way, or aside from it and back."""
        return self._step(list(STRAIGHT.get(self.machine.model.state, ())))

    def _beside(self) -> Act | None:
        return self._step([command for command in HURRIED if self.machine.model.state in FROM[command]])

    def _step(self, commands: list[str]) -> Act | None:
        model, today = self.machine.model, self.machine.today
        self.pick.shuffle(commands)
        for command in dict.fromkeys(commands):
            for who, given in self._tries(command):
                if not broken(model, command, who, today, given):
                    return "attempt", (command, who, given)
        return None

    def _sought(self) -> Act | None:
        """Something that was not seen in this state yet, or else what may lead to it; if all was, the next step."""
        missing = sorted(self.seen.missing[self.machine.model.state])
        self.pick.shuffle(missing)
        leading: Act | None = None
        for command in dict.fromkeys(command for command, _ in missing[:6]):
            outcomes = self._outcomes(command)
            for came, tried in outcomes.items():
                if (command, came) in missing:
                    return "attempt", (command, *tried)
            if DONE in outcomes and command in AGAIN:
                leading = ("attempt", (command, *outcomes[DONE]))
            if command == "decide_extension" and DONE in (asked := self._outcomes("ask_extension")):
                leading = ("attempt", ("ask_extension", *asked[DONE]))
        return leading or self._departure(missing) or self._straight()

    def _departure(self, missing: list[tuple[str, str]]) -> Act | None:
        """Somebody who is named leaves, where what they then may not do was not seen yet."""
        model = self.machine.model
        sought = any(came == "no-longer-here" for _, came in missing)
        if sought and "teacher" in model.named and model.city.home["teacher"] != "S9" and "S9" not in model.city.family:
            return "a_teacher_moves_to", ("S9",)
        return None

    def _allowed(self) -> Act | None:
        """What the state allows, taken or refused: of three commands' outcomes one that was seen least."""
        state = self.machine.model.state
        possible = [command for command in FROM if state in FROM[command]]
        found: dict[tuple[str, str], Tried] = {}
        for command in self.pick.sample(possible, min(3, len(possible))):
            found |= {(command, came): tried for came, tried in self._outcomes(command).items()}
        if not found:
            return None
        command, came = min(found, key=lambda one: (one[1] == SEVERAL, self._times(state, *one), self.pick.random()))
        return "attempt", (command, *found[command, came])

    def _outcomes(self, command: str) -> dict[str, Tried]:
        model, today = self.machine.model, self.machine.today
        tries = self._tries(command)
        found = {outcome(broken(model, command, who, today, given)): (who, given) for who, given in tries}
        if command in ("withdraw", "merge") and self.pick.random() > ENDING:
            found.pop(DONE, None)
        return found

    def _anything(self) -> Act:
        """What the state does not allow, most often what was not tried in it yet."""
        state = self.machine.model.state
        commands = [command for command in FROM if state not in FROM[command]]
        self.pick.shuffle(commands)
        refusal = "issue-ended" if state in ENDED else "illegal-step"
        command = min(commands, key=lambda one: self._times(state, one, refusal))
        who, given = self._tries(command)[0]
        return "attempt", (command, who, given)

    def _tries(self, command: str) -> list[Tried]:
        """Everybody with everything that might be given now, in any order."""
        given = list(alternatives(command, self.machine.model, self.machine.today, self.pick, STAFF))
        people = list(WHO)
        self.pick.shuffle(given)
        self.pick.shuffle(people)
        return [(who, one) for one in given for who in people]

    def _times(self, state: str, command: str, came: str) -> int:
        return self.seen.outcomes[state, command, came]


if __name__ == "__main__":
    # Many more walks than every test run takes: seeds from the second argument on, the first's number of them.
    many, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    everything = Seen()
    for one in range(first, first + many):
        look(one, 200, everything)
    print(f"{many} walks from seed {first}: {sum(everything.depths)} steps, all as the model says")
