"""What we publish is what we said we publish."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from contracts import generate
from contracts.catalogue import SHAPES, TYPES_OF
from contracts.lists import tells_of_a_tour
from runtime import canonical

SAMPLES = Path(generate.__file__).parent / "samples"


def _sample(type_: str) -> bytes:
    return (SAMPLES / f"{type_}.json").read_bytes()


def test_generated_files_are_what_the_code_says() -> None:
    assert generate.drift() == []


def test_drift_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    for path, text in (*generate.generated(), *generate.missing_samples()):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert generate.drift() == []
    (tmp_path / "schemas" / "inspection.issue.closed.v1.json").write_text("{}")
    (tmp_path / "samples" / "inspection.issue.gone.v1.json").write_text("{}")
    assert generate.drift() == ["inspection.issue.closed.v1.json", "inspection.issue.gone.v1.json"]


def test_every_type_belongs_to_one_ledger() -> None:
    listed = [type_ for types in TYPES_OF.values() for type_ in types]
    assert sorted(listed) == sorted(SHAPES)


@pytest.mark.parametrize("type_", SHAPES)
def test_golden_sample_fits_schema_and_shape(type_: str) -> None:
    jsonschema.validate(json.loads(_sample(type_)), generate.schema_of(type_))
    decoded = msgspec.json.decode(_sample(type_), type=SHAPES[type_])
    assert _holds(json.loads(msgspec.json.encode(decoded)), json.loads(_sample(type_)))


def _holds(now: Any, once: Any) -> bool:
    """Whether everything that was said once is said still; what was added later has its default."""
    if isinstance(once, dict):
        return isinstance(now, dict) and all(name in now and _holds(now[name], value) for name, value in once.items())
    if isinstance(once, list):
        return isinstance(now, list) and len(now) == len(once) and all(map(_holds, now, once))
    return bool(now == once)


def test_what_is_no_longer_said_is_noticed() -> None:
    once = {"entry": {"id": "1", "rows": [{"a": 1}]}}
    assert _holds({"entry": {"id": "1", "rows": [{"a": 1, "later": None}], "later": 2}}, once)
    assert not _holds({"entry": {"id": "1", "rows": [{}]}}, once)
    assert not _holds({"entry": {"id": "1", "rows": []}}, once)
    assert not _holds({"entry": {"id": "2", "rows": [{"a": 1}]}}, once)


@pytest.mark.parametrize("type_", SHAPES)
def test_unknown_fields_are_tolerated(type_: str) -> None:
    sample = json.loads(_sample(type_))
    sample["entry"]["added_later"] = {"x": 1}
    jsonschema.validate(sample, generate.schema_of(type_))
    msgspec.convert(sample, SHAPES[type_])


@pytest.mark.parametrize("type_", SHAPES)
def test_a_missing_field_is_refused(type_: str) -> None:
    sample = json.loads(_sample(type_))
    del sample["entry"]["id"]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(sample, SHAPES[type_])


@pytest.mark.parametrize("type_", ["inspection.issue.assigned.v1", "notification.alert.raised.v1"])
def test_bytes_that_tell_of_an_inspection_tour_are_known(type_: str) -> None:
    data: dict[str, Any] = json.loads(_sample(type_))
    for source, told in (("inspection_tour", True), ("supervision", False)):
        data["entry"]["source"] = source
        assert tells_of_a_tour(canonical.encode(data)) is told
    assert tells_of_a_tour(b'\xff{"source":"inspection_tour"')


def test_who_may_read_tours_is_no_secret() -> None:
    data: dict[str, Any] = json.loads(_sample("inspection.grant.given.v1"))
    data["entry"]["role"] = "inspection_tour_reader"
    assert not tells_of_a_tour(canonical.encode(data))
