"""Who is told of a request 诉求: the bureau that must answer, then the school that rates and the leader who asked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.notification.domain.occurrence import Due
from services.notification.domain.rules import Notice
from services.notification.domain.surroundings import LIAISON_LEADER, Surroundings


@dataclass(frozen=True, slots=True)
class RequestTold:
    """One event of one request: by whom it was asked, and until when it is to be answered."""

    verb: str
    request: str
    number: str
    school: str
    asked_by: str
    actor: str
    reply_by: Due
    moved: bool = False


def _answering(_: RequestTold, around: Surroundings) -> tuple[str, ...]:
    insiders = around.insiders()
    return tuple(person for person in around.bureau_officers() if person not in insiders)


def _who_asked(told: RequestTold, around: Surroundings) -> tuple[str, ...]:
    linked = {told.asked_by} & set(around.holders(LIAISON_LEADER, around.branches[0]))
    return (*around.secretaries(), *sorted(linked))


def _told_of_recount(told: RequestTold, around: Surroundings) -> tuple[str, ...]:
    # That a provisional day is firm now, and still the same, is no news.
    return _answering(told, around) if told.moved else ()


def _recounted(told: RequestTold) -> tuple[str, str]:
    return "答复期限重算", f"的答复期限已按公布的工作日历重新计算，请于 {told.reply_by.day} 前答复。"


def _asked(told: RequestTold) -> tuple[str, str]:
    provisional = "（暂定）" if told.reply_by.provisional else ""
    return "新诉求", f"已提出，请受理，并于 {told.reply_by.day}{provisional} 前答复。"


def _replied(_: RequestTold) -> tuple[str, str]:
    return "诉求已答复", "已答复，请学校评价。"


_Words = Callable[[RequestTold], tuple[str, str]]
_RULES: Final[Mapping[str, tuple[str, Callable[[RequestTold, Surroundings], Iterable[str]], _Words]]] = {
    "asked": ("request_asked", _answering, _asked),
    "replied": ("request_replied", _who_asked, _replied),
    "recounted": ("request_recounted", _told_of_recount, _recounted),
}
REQUEST_VERBS: Final = frozenset(_RULES)


def request_notices(told: RequestTold, around: Surroundings) -> tuple[Notice, ...]:
    """Every notice that the event gives rise to, by person; nobody is told of their own act."""
    rule, addressees, words = _RULES[told.verb]
    title, sentence = words(told)
    return tuple(
        Notice(
            rule=rule,
            person=person,
            title=f"{title}：{told.number}",
            text=f"{around.school_name}：诉求 {told.number} {sentence}",
            must_acknowledge=False,
        )
        for person in sorted(set(addressees(told, around)) - {told.actor})
    )
