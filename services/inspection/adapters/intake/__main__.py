"""A file's process: a file on standard input; on standard output a line of JSON, then the pictures that it tells of."""

import hashlib
import json
import mmap
import os
import resource
import socket
from typing import Any, BinaryIO, Final

from services.inspection.adapters.intake.kinds import PACKAGE, PDF, PICTURES, kind_of, require_one_thing
from services.inspection.adapters.intake.packages import package_type
from services.inspection.adapters.intake.pdfs import require_paper
from services.inspection.adapters.intake.pictures import develop
from services.inspection.adapters.intake.refused import Refused
from services.inspection.adapters.intake.template import serve

MEMORY: Final = 400 * 1024 * 1024
SECONDS: Final = 15
_CHUNK: Final = 1024 * 1024


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _digest(file: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    return digest.hexdigest(), size


def examine(file: BinaryIO) -> tuple[dict[str, Any], bytes, bytes]:
    """What the file is, what is shown of it, and its thumbnail; raises `Refused`."""
    sha256, size = _digest(file)
    if size == 0:
        raise Refused("evidence-type")
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        kind = kind_of(data)
        if kind != PACKAGE:
            require_one_thing(data, kind)
        if kind == PDF:
            require_paper(data)
    about: dict[str, Any] = {"sha256": sha256, "size": size, "media_type": kind, "picture": None}
    if kind == PACKAGE:
        about["media_type"] = package_type(file, size)
    if kind not in PICTURES:
        return about, b"", b""
    developed = develop(file, kind)
    about["picture"] = developed.told
    return about, developed.shown, developed.thumb


def answer() -> None:
    """Answer; a refusal is an answer, too."""
    _limit()
    shown = thumb = b""
    try:
        with os.fdopen(0, "rb", closefd=False) as file:
            about, shown, thumb = examine(file)
    except Refused as refusal:
        about = {"refused": refusal.code, "detail": refusal.detail}
    except (MemoryError, RecursionError):
        about = {"refused": "file-too-costly", "detail": {}}
    with os.fdopen(1, "wb", closefd=False) as out:
        out.write(json.dumps(about | {"shown": len(shown), "thumb": len(thumb)}).encode() + b"\n")
        out.write(shown)
        out.write(thumb)


def main() -> None:
    """Be the template, asked over standard input, which is a socket."""
    with socket.socket(fileno=0) as control:
        serve(control, answer)


if __name__ == "__main__":
    main()
