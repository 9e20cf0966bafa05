"""`python -m services.notification api|worker|rebuild`."""

import asyncio
import sys
from functools import partial
from typing import Final

from runtime.http.serve import run
from services.notification.bootstrap import api, rebuild, worker
from services.notification.settings import NAME, Settings

_PARTS: Final = {"api": api, "worker": worker}


def main(arguments: list[str]) -> None:
    """Run one of the service's processes, or forget what was followed; exit code 2 when neither is named."""
    if arguments == ["rebuild"]:
        print(asyncio.run(rebuild(Settings())))
        return
    part = _PARTS.get(arguments[0]) if len(arguments) == 1 else None
    if part is None:
        print("用法 / usage: python -m services.notification api|worker|rebuild", file=sys.stderr)
        raise SystemExit(2)
    run(NAME, partial(part, Settings()))


if __name__ == "__main__":
    main(sys.argv[1:])
