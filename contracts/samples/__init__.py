"""Golden samples: one per event version, in the JSON files beside this one; made once by `sample_of`."""

import types
import typing
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from contracts.catalogue import SHAPES
from contracts.liaison import RequestState
from contracts.lists import IssueState, VisitState
from contracts.material import MaterialState

_TEXTS: Final = {
    "id": "0b6f6c1e5d2f4c0d9f3a7e1b2c4d6e8f",
    "person": "P-S002-cadre",
    "by": "P-S002-cadre",
    "role": "bureau_officer",
    "organisation": "230800",
    "division": "230822",
    "school": "S001",
    "branch": "B001",
    "team": "T-2026-1-01",
    "round": "2026-1",
    "visit": "5f0c2d7a9b1e4f3c8d6a7e5b4c3d2e1f",
    "checklist": "school-branch@1",
    "item": "C1",
    "number": "2026-1-0037",
    "description": "党员活动室无标识",
    "request": "9a7e1b2c4d6e8f0b6f6c1e5d2f4c0d9f",
    "command": "AssignIssue",
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "media_type": "image/jpeg",
    "lead_school": "S001",
    "name": "佳木斯市第三中学",
    "event": "9a7e1b2c4d6e8f0b6f6c1e5d2f4c0d9f/0/0",
    "subject": "issue/0b6f6c1e5d2f4c0d9f3a7e1b2c4d6e8f",
    "title": "新问题待签收",
    "text": "问题 2026-1-0037 已交办，请在 2026-03-04 前签收。",
    "rule": "assigned",
    "code": "230890-H02",
    "leader": "P-S002-cadre",
    "issuer": "230800",
    "indicator": "activity_room",
}
_INSTANT: Final = "2026-03-02T01:30:00.000000Z"
_DAY: Final = "2026-03-23"
_DAYS: Final = {"day", "starts", "ends", "day_zero"}
_STATES: Final = frozenset(
    (*get_args(IssueState), *get_args(VisitState), *get_args(RequestState), *get_args(MaterialState))
)
_OPTIONAL_NONE: Final = {
    "withdrawn_reason",
    "superseded_at",
    "superseded_reason",
    "shared_with",
    "parent",
    "decided_by",
    "assignment",
}


def _text(field: str) -> str:
    if field.endswith("_at") or field in {"at", "since", "until"}:
        return _INSTANT
    if field in _DAYS:
        return _DAY
    return _TEXTS.get(field, "示例")


def _value(field: str, shape: Any) -> Any:
    origin = get_origin(shape)
    if origin is Literal:
        return get_args(shape)[0]
    if origin is tuple:
        return [_value(field.rstrip("s"), get_args(shape)[0])]
    if origin in {types.UnionType, typing.Union}:
        return None if field in _OPTIONAL_NONE else _value(field, get_args(shape)[0])
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        return _struct(shape)
    return {bool: False, int: 3}.get(shape, _text(field))


def _struct(shape: type[msgspec.Struct]) -> dict[str, Any]:
    hints = typing.get_type_hints(shape)
    return {field: _value(field, hints[field]) for field in shape.__struct_fields__}


def sample_of(type_: str) -> dict[str, Any]:
    """A filled-in example of an event type's data, every field present."""
    sample = _struct(SHAPES[type_])
    state, verb = sample["entry"].get("state"), type_.split(".")[2]
    if state is not None and verb in _STATES:
        sample["entry"]["state"] = verb
    return sample
