"""`python -m services.reporting api | worker | hash | rebuild`."""

import asyncio
import sys
from functools import partial
from typing import Final

from runtime.http.serve import run
from services.reporting.bootstrap import SERVICE, api, hashed, rebuild, worker
from services.reporting.settings import ReportingSettings

_PROCESSES: Final = {"api": api, "worker": worker}


def main(arguments: list[str]) -> None:
    """Run one of the service's processes, print the hash of its state, or forget it; exit code 2 for anything else."""
    if arguments == ["hash"]:
        sys.stdout.write(asyncio.run(hashed(ReportingSettings())) + "\n")
        return
    if arguments == ["rebuild"]:
        sys.stdout.write(f"{asyncio.run(rebuild(ReportingSettings()))}\n")
        return
    process = _PROCESSES.get(arguments[0]) if len(arguments) == 1 else None
    if process is None:
        sys.stderr.write("用法 / usage: python -m services.reporting api | worker | hash | rebuild\n")
        raise SystemExit(2)
    run(SERVICE, partial(process, ReportingSettings()))


if __name__ == "__main__":
    main(sys.argv[1:])
