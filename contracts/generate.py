"""Writes what other software reads: JSON Schemas, golden samples and the AsyncAPI document.

`python -m contracts.generate` writes them; `--check` fails when a file differs from what the code says. A golden
sample, once written, is never rewritten: that a new reader still understands it is what makes a change an addition.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.catalogue import SHAPES, TYPES_OF
from contracts.ledgers import LEDGERS
from contracts.samples import sample_of

HERE: Final = Path(__file__).parent
EXTENSIONS: Final = {
    "ce_ledger": "ledger's name",
    "ce_stream": "chain within the ledger",
    "ce_seq": "gapless number within the chain, from 1",
    "ce_hash": "SHA-256 of the chain up to this entry, hexadecimal",
    "ce_version": "version of the aggregate after the change, gapless from 1",
    "ce_registry": "newest registry entry at sealing: structure and grants are to be read as of it",
    "ce_sealed": "microseconds since 1970, monotone in the ledger",
    "ce_at": "microseconds since 1970 of the command",
}
STANDARD: Final = {
    "content-type": "application/json",
    "ce_specversion": "1.0",
    "ce_id": "commit and place in it",
    "ce_source": "the owning service",
    "ce_type": "event type with its version",
    "ce_subject": "kind/id of the aggregate, and of the part that changed",
    "ce_time": "RFC 3339, the instant of the command",
    "ce_traceparent": "W3C trace context, where there is one",
}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def schema_of(type_: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of an event type's data; unknown fields are allowed: consumers keep what they do not know."""
    (ref,), components = msgspec.json.schema_components([SHAPES[type_]], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:dudao:{type_}",
        "title": type_,
        **ref,
        "$defs": components,
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: one channel per ledger, one message per event type."""
    headers = {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": text} for name, text in {**STANDARD, **EXTENSIONS}.items()
        },
        "required": sorted(({*STANDARD, *EXTENSIONS}) - {"ce_traceparent"}),
    }
    channels, operations = {}, {}
    for ledger in LEDGERS.values():
        types = TYPES_OF[ledger.name]
        channels[ledger.name] = {
            "address": ledger.topic,
            "description": f"{ledger.streams} streams; owner {ledger.owner}; consumers {', '.join(ledger.consumers)}",
            "messages": {t: {"$ref": f"#/components/messages/{t}"} for t in types},
        }
        operations[f"publish-{ledger.name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{ledger.name}"},
            "messages": [{"$ref": f"#/channels/{ledger.name}/messages/{t}"} for t in types],
        }
    messages = {
        t: {
            "name": t,
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/headers"},
            "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": schema_of(t)},
        }
        for t in SHAPES
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dudao events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in Kafka's binary mode; the key is the immutable school id.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"headers": headers}},
    }


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with its text, samples left out."""
    for type_ in SHAPES:
        yield HERE / "schemas" / f"{type_}.json", _json(schema_of(type_))
    yield HERE / "asyncapi.json", _json(asyncapi())


def missing_samples() -> Iterator[tuple[Path, str]]:
    """Golden samples that are not there yet."""
    for type_ in SHAPES:
        path = HERE / "samples" / f"{type_}.json"
        if not path.exists():
            yield path, _json(sample_of(type_))


def drift() -> list[str]:
    """Names of files that are missing, differ, or belong to no event type."""
    wrong = [p.name for p, text in generated() if not p.exists() or p.read_text(encoding="utf-8") != text]
    wrong += [path.name for path, _ in missing_samples()]
    known = {f"{type_}.json" for type_ in SHAPES}
    for folder in ("schemas", "samples"):
        wrong += [p.name for p in (HERE / folder).glob("*.json") if p.name not in known]
    return wrong


def main() -> int:
    """Write, or with `--check` compare."""
    if "--check" in sys.argv:
        wrong = drift()
        sys.stdout.write("".join(f"differs: {name}\n" for name in wrong))
        return 1 if wrong else 0
    for path, text in (*generated(), *missing_samples()):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
