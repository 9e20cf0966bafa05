"""What a file is, by its bytes; and whether it is a second thing as well."""

import mmap
import re
from typing import Final

from services.inspection.adapters.intake.refused import Refused

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
PDF: Final = "application/pdf"
PACKAGE: Final = "application/zip"
PICTURES: Final = frozenset({JPEG, PNG, WEBP})

_PNG_END: Final = b"IEND\xae\x42\x60\x82"
# A marker that is neither stuffing nor a restart nor fill: in entropy-coded data only such a one ends the scan.
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EOI, _SOS = 0xD9, 0xDA
_LONE: Final = frozenset({0x01, 0xD8})
# Where readers of other kinds look: archives from their end, PDF readers within the first kilobyte.
_EYES: Final = 1024
_ARCHIVE_END: Final = 66_000
_INSIDE: Final = re.compile(
    rb"PK\x03\x04|PK\x05\x06|%PDF-|Rar!\x1a|7z\xbc\xaf\x27|<script|<html|<svg|<\?php|<!doctype|<\?xml", re.IGNORECASE
)
_PROGRAM: Final = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe")


def kind_of(data: mmap.mmap) -> str:
    """The media type (`application/zip` for an office package, still to be looked into); raises `Refused`."""
    head = data[:16]
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return PACKAGE
    raise Refused("evidence-type")


def _jpeg_end(data: mmap.mmap) -> int:
    at, size = 2, len(data)
    while found := _MARKER.search(data, at):
        marker, at = data[found.start() + 1], found.end()
        if marker == _EOI:
            return at
        if marker in _LONE:
            continue
        if at + 2 > size:
            break
        at += int.from_bytes(data[at : at + 2], "big")
    raise Refused("picture-broken")


def _png_end(data: mmap.mmap) -> int:
    at, size = 8, len(data)
    while at + 12 <= size:
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if data[at + 4 : at + 8] == b"IEND":
            return end
        at = end
    raise Refused("picture-broken")


def _webp_end(data: mmap.mmap) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


def _pdf_end(data: mmap.mmap) -> int:
    at = data.rfind(b"%%EOF")
    if at < 0:
        raise Refused("document-broken")
    return at + 5


_END: Final = {JPEG: _jpeg_end, PNG: _png_end, WEBP: _webp_end, PDF: _pdf_end}


def require_one_thing(data: mmap.mmap, kind: str) -> None:
    """Raises `Refused` where the file, or what follows its end, can be opened as something else.

    What cameras append (a second picture, a short film) is let through: only the re-encoded first one is ever shown.
    """
    end = _END[kind](data)
    if end > len(data):
        raise Refused("picture-broken")
    tail = data[end:]
    early = kind != PDF and data.find(b"%PDF-", 0, _EYES) >= 0
    archive = data.find(b"PK\x05\x06", max(0, len(data) - _ARCHIVE_END)) >= 0
    if early or archive or _INSIDE.search(tail) or tail.lstrip().startswith(_PROGRAM):
        raise Refused("file-polyglot")
