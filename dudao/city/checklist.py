"""Reading a checklist written in YAML into the contract's shape."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from contracts.registry import Checklist, Item
from dudao.city.files import CityFileError


def read_checklist(path: Path) -> Checklist:
    """The checklist of a YAML file, its items in the file's order; raises `CityFileError`."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        values = {
            "id": f"{raw['id']}@{raw['version']}",
            "name": raw["id"],
            "version": raw["version"],
            "title": raw["title"],
            "items": tuple(_items(raw["sections"])),
        }
        return msgspec.convert(values, Checklist)
    except OSError as error:
        raise CityFileError(f"{path.name}：无法读取 / cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise CityFileError(f"{path.name}：不是有效的清单 / not a valid checklist: {error}") from error


def _items(sections: list[Mapping[str, Any]]) -> Iterator[Item]:
    for section in sections:
        for item in section["items"]:
            yield msgspec.convert(_item(item, section), Item)


def _item(item: Mapping[str, Any], section: Mapping[str, Any]) -> dict[str, Any]:
    applies = item.get("applies_to", {})
    optional = ("how", "costs", "max", "severity", "mode", "indicator")
    conditions = ("principal_pilot", "members_at_least", "had_previous_round")
    return {
        **{name: item.get(name) for name in optional},
        **{name: applies.get(name) for name in conditions},
        "code": item["code"],
        "section": section["title"],
        "area": section["area"],
        "text": item["text"],
        "type": item["type"],
        "subject": item.get("subject", "school"),
        "weight": item.get("weight", 0),
        "pass_mark": item.get("pass"),
        "evidence": item.get("evidence", False),
        "by": item.get("by", "person"),
        "levels": tuple(applies.get("level", ())),
        "organised": tuple(applies.get("organised", ())),
        "records": _records(item),
    }


def _records(item: Mapping[str, Any]) -> str:
    return next((name for name in ("highlight", "finding") if item.get(name)), "answer")
