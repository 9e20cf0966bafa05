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
    kind = "任务" if occurrence.from_above else "问题"
    what = f"{kind} {occurrence.number}" if occurrence.number else f"一项{kind}"
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


def _objected(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "异议待复核", f"的责任学校提出异议，请{_by(o.handle_by)}复核。"


def _objection_decided(o: Occurrence, _: Due | None) -> tuple[str, str]:
    if o.favourable:
        return "异议成立", "的异议成立，问题已撤销，无需再办理。"
    return "异议不成立", f"的异议不成立，请继续整改；{_deadline(o.deadline)}（已顺延停表天数）。"


def _help_asked(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "提请协调待决定", f"已提请上级协调，请{_by(o.handle_by)}决定是否受理。"


def _help_decided(o: Occurrence, _: Due | None) -> tuple[str, str]:
    if o.favourable:
        return "上级已受理", "已由上级受理并牵头整改。"
    return "上级未受理", f"的协调申请未获受理，请继续整改；{_deadline(o.deadline)}（已顺延停表天数）。"


def _extension_asked(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "延期待决定", f"已申请延期，请{_by(o.handle_by)}决定。"


def _extension_decided(o: Occurrence, _: Due | None) -> tuple[str, str]:
    if o.favourable:
        return "准予延期", f"已准予延期；{_deadline(o.deadline)}。"
    return "不予延期", f"的延期申请未获准；{_deadline(o.deadline)}。"


def _urged(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "催办", f"被催办，请抓紧办理；{_deadline(o.deadline)}。"


def _card_issued(o: Occurrence, _: Due | None) -> tuple[str, str]:
    if o.card is None:
        return "督办单", "被督办，请签收督办单并抓紧办理。"
    colour = "红牌" if o.card.red else "黄牌"
    return colour, f"被发出{colour}督办单 {o.card.number}，请签收，并{_by(o.card.due)}办结。"


def _card_decided(o: Occurrence, _: Due | None) -> tuple[str, str]:
    if o.card is None:
        return "督办单已办结", "的督办单已办结。"
    outcome = "已落实" if o.card.met else "未落实"
    return f"督办{outcome}", f"的督办单 {o.card.number} 已办结：{outcome}。"


def _lead_left(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "须另定牵头责任人", f"的牵头责任人已离任，请调整方案，另定牵头责任人，{_deadline(o.deadline)}。"


def _recounted(o: Occurrence, _: Due | None) -> tuple[str, str]:
    return "期限重算", f"的期限已按公布的工作日历重新计算；{_deadline(o.deadline)}。"


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
    "objected": _objected,
    "objection_decided": _objection_decided,
    "help_asked": _help_asked,
    "help_decided": _help_decided,
    "extension_asked": _extension_asked,
    "extension_decided": _extension_decided,
    "urged": _urged,
    "card_issued": _card_issued,
    "card_decided": _card_decided,
    "recounted": _recounted,
    "lead_left": _lead_left,
}
