"""Small disks that can be filled: tmpfs in a mount namespace that a holder process keeps, gone with it."""

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from dudao.embedded import Process

FILLER: Final = "filler"
_WAIT_S: Final = 10.0
_BLOCK: Final = b"\0" * 65536


class Disks:
    """Mounts of the size given in MB; `reason` says why there are none, and folders are then plain ones."""

    def __init__(self, sizes: Mapping[Path, int], log: Path) -> None:
        for folder in sizes:
            folder.mkdir(parents=True, exist_ok=True)
        mounts = [f"mount -t tmpfs -o size={size}m tmpfs '{folder}'" for folder, size in sizes.items()]
        script = " && ".join([*mounts, "exec sleep infinity"])
        self._sizes = dict(sizes)
        self._holder = Process("disks", ["unshare", "--mount", "--propagation", "private", "sh", "-c", script], log=log)
        self.reason = self._begin()

    def _begin(self) -> str | None:
        if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("nsenter") is None:
            return "only root may mount a small disk"
        self._holder.start()
        deadline = time.monotonic() + _WAIT_S
        while time.monotonic() < deadline and self._holder.running:
            with suppress(OSError):
                mounted = Path(f"/proc/{self._holder.pid}/mounts").read_text()
                if all(str(folder) in mounted for folder in self._sizes):
                    return None
            time.sleep(0.02)
        self._holder.kill()
        return f"mounting a small disk was refused: {self._holder.tail(2)}"

    @property
    def namespace(self) -> Path | None:
        """The mount namespace in which they are seen; none without disks."""
        return Path(f"/proc/{self._holder.pid}/ns/mnt") if self.reason is None else None

    def wrap(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs a program where the mounts are seen."""
        if self.reason is not None:
            return list(argv)
        return ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--", *argv]

    def inside(self, folder: Path) -> Path:
        """The folder as seen from outside the namespace."""
        return folder if self.reason is not None else Path(f"/proc/{self._holder.pid}/root{folder}")

    def fill(self, folder: Path) -> None:
        """Leave no byte free."""
        with (self.inside(folder) / FILLER).open("ab", buffering=0) as file, suppress(OSError):
            while file.write(_BLOCK):
                pass
        with (self.inside(folder) / FILLER).open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"\0" * 512):
                pass

    def free(self, folder: Path) -> None:
        """Give the space back."""
        (self.inside(folder) / FILLER).unlink(missing_ok=True)

    def stop(self) -> None:
        """Unmount everything; programs in there must have ended."""
        self._holder.kill()
