"""Office packages (docx, xlsx): looked through by their directory, unpacked only as far as a rule needs it."""

import re
import stat
import zipfile
import zlib
from typing import BinaryIO, Final

from services.inspection.adapters.intake.refused import Refused

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_PARTS: Final = 3000
MAX_UNPACKED: Final = 256 * 1024 * 1024
MAX_PART: Final = 128 * 1024 * 1024
MAX_RATIO: Final = 200
_SMALL: Final = 64 * 1024
_MAX_READ: Final = 2 * 1024 * 1024
_HEAD: Final = 4096
_TRAILER: Final = 22
_ENCRYPTED: Final = 0x1
_LISTING: Final = "[Content_Types].xml"
_PROGRAM: Final = re.compile(
    r"(^|/)(vbaproject|vbadata|activex|oleobject)|\.(exe|dll|js|vbs|bat|cmd|ps1|jar|hta)$", re.I
)
_LEADS_OUT: Final = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\\|\x00")
_OUTSIDE: Final = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.I)
_LOADED: Final = re.compile(rb"(?:attachedTemplate|oleObject|frame|subDocument|image)[\"']", re.I)
_DECLARES: Final = re.compile(rb"<!(DOCTYPE|ENTITY)", re.I)
_DTD_WIDE: Final = re.compile("<!(DOCTYPE|ENTITY)".encode("utf-16-le"), re.I)


def package_type(file: BinaryIO, size: int) -> str:
    """DOCX or XLSX; raises `Refused`."""
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            _require_bounded(parts, size)
            _require_whole(package, parts, _last(file, size))
            for part in parts:
                _require_harmless(part)
            found = _type(_read(package, _LISTING))
            _require_closed(package, parts)
            return found
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError, zlib.error, NotImplementedError) as error:
        raise Refused("document-broken") from error


def _require_bounded(parts: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(part.file_size for part in parts)
    steep = any(part.file_size > MAX_RATIO * max(part.compress_size, _SMALL // MAX_RATIO) for part in parts)
    packed = sum(part.compress_size for part in parts)
    large = any(part.file_size > MAX_PART for part in parts)
    # Parts that share their bytes (Fifield's bomb) add up to more than the file has.
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or large or steep or packed > size:
        raise Refused("document-bomb")


def _last(file: BinaryIO, size: int) -> bytes:
    file.seek(max(0, size - _TRAILER))
    return file.read(_TRAILER)


def _require_whole(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo], last: bytes) -> None:
    names = [part.filename.lower() for part in parts]
    if len(set(names)) != len(names):
        raise Refused("document-broken")
    first = min((part.header_offset for part in parts), default=-1)
    if first != 0 or package.comment or not last.startswith(b"PK\x05\x06"):
        # Bytes before the first part, or behind the directory: room for another kind of file.
        raise Refused("file-polyglot")


def _require_harmless(part: zipfile.ZipInfo) -> None:
    # `orig_filename` is the name as written: the library cuts `filename` at a zero byte.
    if _LEADS_OUT.search(part.orig_filename) or stat.S_ISLNK(part.external_attr >> 16):
        raise Refused("document-path")
    if part.flag_bits & _ENCRYPTED:
        raise Refused("document-encrypted")
    if _PROGRAM.search(part.filename):
        raise Refused("document-macro")


def _read(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as part:
        data = part.read(_MAX_READ + 1)
    if len(data) > _MAX_READ:
        raise Refused("document-bomb")
    return data


def _type(listing: bytes) -> str:
    lowered = listing.lower()
    if b"macroenabled" in lowered or b"vbaproject" in lowered:
        raise Refused("document-macro")
    if b"wordprocessingml.document.main+xml" in lowered:
        return DOCX
    if b"spreadsheetml.sheet.main+xml" in lowered:
        return XLSX
    raise Refused("evidence-type")


def _require_closed(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    for part in parts:
        name = part.filename.lower()
        if name.endswith(".rels"):
            _require_inside(_read(package, part.filename))
        elif name.endswith((".xml", ".vml")):
            _require_plain(package, part.filename)


def _require_inside(relations: bytes) -> None:
    if _DECLARES.search(relations) or _DTD_WIDE.search(relations):
        raise Refused("document-entity")
    for tag in _OUTSIDE.findall(relations):
        if b"external" in tag.lower() and _LOADED.search(tag):
            raise Refused("document-external")


def _require_plain(package: zipfile.ZipFile, name: str) -> None:
    # A document type stands before the root element: the first bytes tell.
    with package.open(name) as part:
        head = part.read(_HEAD)
    if _DECLARES.search(head) or _DTD_WIDE.search(head):
        raise Refused("document-entity")
