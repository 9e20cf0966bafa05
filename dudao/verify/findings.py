"""What a verification found: named, in both languages, with the place."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "commit-unsealed": ("提交未封存", "a commit was never sealed"),
    "commit-missing": ("已封存的提交不见了", "a sealed commit is gone"),
    "commit-version-gap": ("版本号不连续", "an aggregate's versions have a gap"),
    "chain-broken": ("哈希链断裂：内容被改动或调换", "the hash chain breaks: something was edited or reordered"),
    "seal-gap": ("封存序号不连续", "the seals of a stream have a gap"),
    "seal-double": ("同一事件封存了两次", "an event was sealed twice"),
    "seal-order": ("封存时间倒退", "sealing time runs backwards"),
    "head-wrong": ("链头与封存记录不符", "a head does not match the seals"),
    "ledger-truncated": ("账本比已见过的短", "the ledger is shorter than what was seen of it"),
    "ledger-rewritten": ("账本与已签名的链头不符", "the ledger differs from a head that was signed"),
    "ledger-replaced": ("账本编号变了", "the ledger's id is another"),
    "event-unreadable": ("事件内容不合约定", "an event's data is not what the contracts say, so nobody can read it"),
    "state-wrong": ("当前状态与事件不符", "a state differs from the fold of its events"),
    "state-missing": ("当前状态不见了", "a state is missing"),
    "state-unknown": ("没有事件的状态", "a state without events"),
    "consumer-missing": ("声明的消费者从未启动", "a declared consumer never started"),
    "consumer-behind": ("消费者没有跟上", "a consumer is behind the cut"),
    "consumer-ahead": (
        "消费者超前于账本：账本可能是旧备份",
        "a consumer is ahead of the ledger: an older copy was restored",
    ),
    "consumer-differs": ("消费者看到的内容不同", "a consumer saw something else"),
    "consumer-alarm": ("消费者报警停下", "a consumer stopped with an alarm"),
    "dead-open": ("有未处理的死信", "a dead event is open"),
    "record-forged": ("Kafka 中有账本里没有的记录", "a Kafka record is not in the ledger"),
    "alert-lost": ("漏发提醒", "an alert is missing"),
    "alert-doubled": ("重复提醒", "an alert was raised twice"),
    "alert-unfounded": ("没有依据的提醒", "an alert without a cause"),
    "report-wrong": ("报表与重新计算不符", "the report differs from the recomputation"),
    "effect-wrong": ("读模型与事件不符", "a read model differs from the events"),
    "request-lost": ("已确认的提交不见了", "an acknowledged submission is gone"),
    "request-doubled": ("已确认的提交出现了两次", "an acknowledged submission stands twice"),
    "request-unexpected": ("被拒绝的提交却生效了", "a refused submission took effect"),
    "reconciliation-forged": ("核对重建记录的签名不符", "a reconciliation was not signed by this system's key"),
    "evidence-wrong": ("佐证文件与登记的哈希不符", "evidence bytes differ from what was recorded"),
}
SHOWN_PER_CODE: Final = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement; `where` names the place in the ledger, the entry or the counter."""

    code: str
    where: str
    detail: str = ""

    @property
    def zh(self) -> str:
        """For people, in Chinese."""
        return TEXTS[self.code][0]

    @property
    def en(self) -> str:
        """For people, in English."""
        return TEXTS[self.code][1]


@dataclass(slots=True)
class Findings:
    """Collects findings, at most `SHOWN_PER_CODE` of each code in full; all are counted."""

    shown: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, where: str, detail: str = "") -> None:
        """Record one; raises `KeyError` for a code that has no text."""
        if code not in TEXTS:
            raise KeyError(code)
        self.counts[code] += 1
        if self.counts[code] <= SHOWN_PER_CODE:
            self.shown.append(Finding(code, where, detail))

    def count(self, what: str, how_many: int = 1) -> None:
        """Record that so many things were looked at."""
        self.checked[what] += how_many

    @property
    def verdict(self) -> str:
        """`ok`, `empty` (there is nothing to be right about) or `wrong`."""
        if self.counts:
            return "wrong"
        return "ok" if self.checked["events"] else "empty"
