"""What an alert says: short, Chinese, with no personal data and nothing of a finding's own text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from services.notification.domain.occurrence import Due, Lead, Occurrence


@dataclass(frozen=True, slots=True)
class Message:
    """A title to recognise the alert by, and a sentence that says what to do until when."""

    title: str
    text: str


def message(rule: str, occurrence: Occurrence, school_name: str, lead: Lead | None = None) -> Message:
    """The message of a rule for an occurrence; `lead` is whose signature `to_sign` asks for."""
    what = f"问题 {occurrence.number}" if occurrence.number else "一项问题"
    due = lead.sign_by if lead else None
    title, sentence = _WORDS[rule](occurrence, due)
    return Message(f"{title}：{what}", f"{school_name}：{what}{sentence}")


def _by(due: Due | None) -> str:
    if due is None:
        return "尽快"
    return f"于 {due.day}{'（暂定）' if due.provisional else ''} 前"


def _deadline(due: Due | None) -> str:
    if due is None:
        return "长期坚持"
    return f"整改期限 {due.day}{'（暂定）' if due.provisional else ''}"


_Words = Callable[[Occurrence, Due | None], tuple[str, str]]


def _assigned(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "待签收", f"已交办，请{_by(o.acknowledge_by)}签收；{_deadline(o.deadline)}。"


def _returned(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "已退回", f"的销号申请被退回，请重新整改；{_deadline(o.deadline)}。"


def _reopened(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "撤销销号", f"的销号已被撤销，请重新整改；{_deadline(o.deadline)}。"


def _withdrawn(_o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "已撤销", "已撤销，无需再办理。"


def _submitted(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "待交办", f"已提交，请{_by(o.handle_by)}交办。"


def _reported(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "待初核", f"已申请销号，请{_by(o.handle_by)}初核。"


def _checked(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "待复核", f"已通过初核，请{_by(o.handle_by)}复核。"


def _to_sign(o: Occurrence, due: Due | None) -> tuple[str, str]:
    return "待签字", f"的整改由您牵头，请{_by(due)}本人签字；{_deadline(o.deadline)}。"


def _closed(o: Occurrence, _: Due | None) -> tuple[str, str]:
    if o.stage_completed:
        return "阶段性完成", "已通过核查，阶段性完成。"
    return "已销号", "已通过核查，予以销号。"


_WORDS: Final[Mapping[str, _Words]] = {
    "assigned": _assigned,
    "returned": _returned,
    "reopened": _reopened,
    "withdrawn": _withdrawn,
    "submitted": _submitted,
    "reported": _reported,
    "checked": _checked,
    "to_sign": _to_sign,
    "closed": _closed,
}
