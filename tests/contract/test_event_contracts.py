"""What we publish is what we said we publish."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from contracts import generate
from contracts.catalogue import SHAPES, TYPES_OF

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
    assert json.loads(msgspec.json.encode(decoded)) == json.loads(_sample(type_))


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
