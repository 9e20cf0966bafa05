"""Texts that people write: bounded, not empty where needed, and never classified; and words for states and commands."""

import re
import unicodedata
from typing import Final

from services.inspection.domain.rules_input import StateSecret, TextMissing, TextTooLong

STATES_ZH: Final[dict[str, str]] = {
    "drafted": "已登记",
    "submitted": "已提交",
    "assigned": "已交办",
    "acknowledged": "已签收",
    "planned": "已制定方案",
    "rectifying": "整改中",
    "reported": "已申请销号",
    "checked": "已初核",
    "closed": "已销号",
    "returned": "已退回",
    "withdrawn": "已撤销",
    "objected": "异议复核中",
    "help_asked": "提请协调中",
    "merged": "已合并",
}
REQUEST_STATES_ZH: Final[dict[str, str]] = {
    "asked": "已提出",
    "accepted": "已受理",
    "replied": "已答复",
    "rated": "已评价",
}
MATERIAL_STATES_ZH: Final[dict[str, str]] = {
    "asked": "待报送",
    "given": "已报送",
    "withdrawn": "已撤回",
}
COMMANDS_ZH: Final[dict[str, str]] = {
    "draft": "登记问题",
    "amend": "修改",
    "submit": "提交",
    "assign": "交办",
    "hand_down": "交办任务",
    "log_liaison": "记录联系点工作",
    "ask_request": "提出诉求",
    "accept_request": "受理诉求",
    "reply_request": "答复诉求",
    "rate_request": "评价答复",
    "ask_material": "要求报送材料",
    "give_material": "报送材料",
    "withdraw_material": "撤回材料要求",
    "acknowledge": "签收",
    "plan": "制定整改方案",
    "replan": "调整方案或责任人",
    "sign": "签字",
    "progress": "填报进展",
    "report": "申请销号",
    "check": "核查",
    "withdraw": "撤销",
    "reopen": "撤销销号",
    "object": "提出异议",
    "decide_objection": "复核异议",
    "ask_help": "提请上级协调",
    "pass_up": "转请市教育局协调",
    "decide_help": "决定是否受理协调",
    "ask_extension": "申请延期",
    "decide_extension": "决定是否准予延期",
    "merge": "合并重复问题",
    "correct": "更正",
    "give_opinion": "填写督导组意见",
    "urge": "催办",
    "issue_card": "发出督办单",
    "receive_card": "签收督办单",
    "decide_card": "办结督办单",
    "answer": "填写清单",
    "highlight": "记录亮点",
    "submit_visit": "提交督导",
    "cancel_visit": "取消督导",
    "reschedule_visit": "改期",
    "hand_over_visit": "移交督导",
    "arrange_visit": "安排轮次外督导",
    "correct_visit": "更正督导",
    "add_evidence": "上传佐证材料",
}

# Marks as they stand on classified papers: a star after the level, the level in brackets or alone on its line, or
# after 密级. The plain word in a sentence (国家秘密教育) is no mark.
_MARK: Final = re.compile(
    r"(绝密|机密|秘密)[★☆⭐*]"
    r"|[【〔\[(《<「『](绝密|机密|秘密)[】〕\])》>」』]"
    r"|密级[:为](绝密|机密|秘密)"
    r"|^(绝密|机密|秘密)(级|文件)?$",
    re.MULTILINE,
)
_INVISIBLE: Final = re.compile(r"[^\S\n]|[\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff]")


def is_marked_secret(text: str) -> bool:
    """Whether a text obviously carries a mark of classification (绝密, 机密, 秘密★ …), full width or spaced out too."""
    return _MARK.search(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text))) is not None


def bounded(text: str | None, limit: int, zh: str, en: str) -> str | None:
    """The text without outer white space, None when nothing is left; raises when too long or marked as secret."""
    stripped = (text or "").strip()
    if len(stripped) > limit:
        raise TextTooLong(what_zh=zh, what_en=en, limit=limit)
    if is_marked_secret(stripped):
        raise StateSecret(what_zh=zh, what_en=en)
    return stripped or None


def required(text: str | None, limit: int, zh: str, en: str) -> str:
    """Like `bounded`, and there must be a text."""
    found = bounded(text, limit, zh, en)
    if found is None:
        raise TextMissing(what_zh=zh, what_en=en)
    return found
