"""PDF: taken as paper. Names of what runs or carries files are looked for outside streams, and in object streams.

It is a sieve and no proof: a PDF is served as an attachment in a sandbox whatever it holds.
"""

import mmap
import re
import zlib
from collections.abc import Iterator
from typing import Final

from services.inspection.adapters.intake.refused import Refused

MAX_INFLATED: Final = 32 * 1024 * 1024
_STREAM: Final = re.compile(rb"stream\r?\n")
_END: Final = re.compile(rb"endstream")
_BEFORE: Final = 2048
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE: Final = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|ImportData|SubmitForm)(?![A-Za-z0-9])"
)
_SEALED: Final = re.compile(rb"/Encrypt(?![A-Za-z0-9])")


def require_paper(data: mmap.mmap) -> None:
    """Raises `Refused` for a PDF that runs something, carries files or is encrypted."""
    left = MAX_INFLATED
    for text, packed in _parts(data):
        _require_idle(text)
        if packed is not None:
            objects = _inflated(packed, left)
            left -= len(objects)
            _require_idle(objects)


def _parts(data: mmap.mmap) -> Iterator[tuple[bytes, bytes | None]]:
    """What stands outside streams, piece by piece, each with the object stream behind it, if it is one."""
    at = 0
    while found := _STREAM.search(data, at):
        end = _END.search(data, found.end())
        text = data[at : found.start()]
        stop = end.start() if end else len(data)
        is_objects = b"/ObjStm" in _plain(text[-_BEFORE:])
        yield text, data[found.end() : stop] if is_objects else None
        at = end.end() if end else len(data)
    yield data[at:], None


def _plain(text: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), text)


def _require_idle(text: bytes) -> None:
    plain = _plain(text)
    if _SEALED.search(plain):
        raise Refused("document-encrypted")
    found = _ACTIVE.search(plain)
    if found:
        raise Refused("pdf-active", what=found[1].decode("ascii"))


def _inflated(packed: bytes, most: int) -> bytes:
    machine = zlib.decompressobj()
    try:
        found = machine.decompress(packed, most + 1)
    except zlib.error:
        # Not Flate, or damaged: what cannot be looked into is not taken for paper.
        raise Refused("document-broken") from None
    if len(found) > most:
        raise Refused("document-bomb")
    return found
