"""Texts: bounded, and without marks of classification."""

import importlib
import pkgutil

import pytest

from services.inspection import domain
from services.inspection.domain.moment import instant_text
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_input import StateSecret, TextMissing, TextTooLong
from services.inspection.domain.wording import bounded, is_marked_secret, required
from tests.unit.inspection_city import MONDAY


@pytest.mark.parametrize(
    "text",
    [
        "机密★1年 关于某事", "秘密★", "绝密☆", "机 密 ★ 长期", "【秘密】材料", "（机密）", "(绝密)会议纪要",
        "密级：机密", "密级: 秘密", "附件\n机密\n内容", "绝密级", "机\u200b密★",
    ],
)  # fmt: skip
def test_marked_text_is_refused(text: str) -> None:
    assert is_marked_secret(text)
    with pytest.raises(StateSecret):
        required(text, 2000, "问题描述", "description")


@pytest.mark.parametrize(
    "text",
    ["保守国家秘密教育未开展", "未签保密承诺书，涉及机密文件管理制度", "绝密文件管理不到位", "严禁涉密", "★级党组织"],
)
def test_the_plain_word_is_no_mark(text: str) -> None:
    assert required(text, 2000, "问题描述", "description") == text


def test_bounds_count_characters_and_ignore_outer_space() -> None:
    assert bounded(f"  {'党' * 10} ", 10, "说明", "note") == "党" * 10
    assert bounded(" \n", 10, "说明", "note") is None
    with pytest.raises(TextTooLong) as refused:
        bounded("党" * 11, 10, "说明", "note")
    assert "10" in refused.value.text_zh
    assert "10" in refused.value.text_en


def test_a_ten_megabyte_description_is_refused() -> None:
    with pytest.raises(TextTooLong):
        required("党" * (10 * 1024 * 1024 // 3), 2000, "问题描述", "description")


@pytest.mark.parametrize("text", ["", "   ", None])
def test_a_needed_text_must_be_there(text: str | None) -> None:
    with pytest.raises(TextMissing):
        required(text, 10, "理由", "reason")


def test_an_instant_without_offset_is_refused() -> None:
    assert instant_text(MONDAY) == "2026-03-02T01:00:00.000000Z"
    with pytest.raises(ValueError, match="offset"):
        instant_text(MONDAY.replace(tzinfo=None))


def _all_rules(rule: type[Broken]) -> list[type[Broken]]:
    return [rule, *(found for below in rule.__subclasses__() for found in _all_rules(below))]


def test_every_rule_has_a_code_of_its_own_and_both_languages() -> None:
    for module in pkgutil.iter_modules(domain.__path__, f"{domain.__name__}."):
        importlib.import_module(module.name)
    rules = _all_rules(Broken)[1:]
    assert len(rules) > 60
    assert len({rule.code for rule in rules}) == len(rules)
    for rule in rules:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in rule.zh), rule
        assert rule.en.isascii(), rule
        assert rule.en, rule
        assert rule.kind in ("forbidden", "state", "input", "changed")
