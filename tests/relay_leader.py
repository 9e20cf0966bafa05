"""A relay's memory over the world in memory: it does the product's steps one at a time, when it is told to."""

from collections import deque
from collections.abc import Generator
from typing import Any, Protocol

from runtime.ledger.hand_over import HandOver
from runtime.ledger.seal import Head, Stream
from runtime.ledger.steps import (
    Chain,
    Claim,
    Fetch,
    Load,
    Move,
    Open,
    Progress,
    Read,
    Scan,
    Send,
    Settle,
    TakeToken,
    Wait,
    WhichSealed,
    Write,
)
from tests.relay_world import RANKS, Broker, Parcel, Rows

TTL = 40
MOST = 3

Course = Generator[Any, Any, None]


class World(Protocol):
    """What a relay stands in, and the courses of steps that it goes through."""

    rows: Rows
    broker: Broker
    skew: list[int]

    def following(self, chain: Chain, ranks: dict[str, int], most: int) -> Course:
        """How it seals."""
        ...

    def publishing(self, hand_over: HandOver, progress: Progress) -> Course:
        """How it publishes."""
        ...

    def scan(self) -> list[dict[str, Any]]:
        """What was left."""
        ...


class LostAnswer(Exception):
    """The step was done, but nobody was told: an infrastructure error."""


class Leader:
    """The memory of a relay that was given the lease: three courses of steps, each with the one to do next."""

    def __init__(self, world: World, who: int, epoch: int) -> None:
        self.world, self.rows, self.broker = world, world.rows, world.broker
        self.who, self.epoch = who, epoch
        self.heads: dict[Stream, Head] | None = None
        self.next: dict[str, Any] = {}
        self.courses: dict[str, Course] = {}
        self.token = 0

    def take_office(self) -> None:
        """The lease first, then the heads."""
        self.heads = dict(self.rows.heads)
        self.hand_over = HandOver({s: head.last for s, head in self.heads.items()}, most_entries=5)
        self.chain = Chain(self.heads, "registry", self.rows.lease.sealed_through, self.clock, self.hand_over.offer)
        self.begin("sealing", self.world.following(self.chain, RANKS, MOST))
        self.begin_publishing()

    def begin_publishing(self) -> None:
        self.parcels: deque[Parcel] = deque()
        self.begin("publishing", self.world.publishing(self.hand_over, Progress()))

    def begin(self, part: str, course: Course) -> None:
        self.courses[part] = course
        self.next[part] = next(course)

    def clock(self) -> int:
        return self.rows.now + self.world.skew[self.who]

    def step(self, part: str, *, answered: bool = True) -> None:
        """Do what was decided, and decide what follows; unless it must wait, or the answer is lost."""
        if part == "renewing":
            return self.renew()
        if self.must_wait(part):
            return None
        answer = self.do(self.next[part])
        if not answered:
            raise LostAnswer
        self.next[part] = self.courses[part].send(answer)
        return None

    def must_wait(self, part: str) -> bool:
        match self.next[part]:
            case Read():
                return self.token >= len(self.rows.commits)
            case Settle():
                return not (self.parcels[0].arrived or self.parcels[0].lost)
            case Wait():
                return not self.hand_over._changed.is_set()
            case Write() as write:
                # Renewals and seals are written in the order of their instants.
                return bool(self.next.get("renewing", write.instant) < write.instant)
        return False

    def renew(self) -> None:
        instant = self.next.pop("renewing", None)
        if instant is None:
            self.next["renewing"] = self.chain.promise()
            return
        writing = self.next["sealing"]
        if isinstance(writing, Write) and writing.instant < instant:
            self.next["renewing"] = instant
            return
        self.rows.prolong(self.epoch, instant, TTL)

    def do(self, step: object) -> Any:
        match step:
            case Write():
                return self.rows.write(self.epoch, step, TTL)
            case WhichSealed(ids):
                return self.rows.sealed & set(ids)
            case TakeToken() | Scan() | Load() | Open() | Read():
                return self.look(step)
        return self.publish(step)

    def look(self, step: object) -> Any:
        found: Any = None
        match step:
            case TakeToken():
                found = len(self.rows.commits)
            case Scan():
                found = self.world.scan()
            case Load(ids):
                found = self.rows.load(ids)
            case Open(token):
                self.token = token
            case Read():
                commits = self.rows.read(self.token, 2)
                self.token += len(commits)
                found = commits, self.token
        return found

    def publish(self, step: object) -> Any:
        match step:
            case Claim():
                return self.rows.claim(self.epoch)
            case Fetch(after):
                return [entry for stream, seq in after[:2] for entry in self.rows.entries(stream, seq, 2)]
            case Send(entries):
                self.parcels.append(self.broker.send(entries))
            case Settle():
                if self.parcels.popleft().lost:
                    raise LostAnswer
            case Move(reached):
                self.rows.move(self.epoch, reached)
            case Wait():
                self.hand_over._changed.clear()
        return None
