"""Becomes the child program after tying its life to the parent's. Run by path, never imported: see processes.py."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _become(parent: int, argv: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    # The parent may have died before the line above took hold.
    if os.getppid() != parent:
        sys.exit(1)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - replacing this process is the point
    except OSError as error:
        sys.exit(f"{argv[0]}: {error.strerror}")


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
