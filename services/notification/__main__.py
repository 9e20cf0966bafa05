"""`python -m services.notification api|worker`."""

import sys
from functools import partial
from typing import Final

from runtime.http.serve import run
from services.notification.bootstrap import api, worker
from services.notification.settings import NAME, Settings

_PARTS: Final = {"api": api, "worker": worker}


def main(arguments: list[str]) -> None:
    """Run one of the service's processes; exit code 2 when it is not named."""
    part = _PARTS.get(arguments[0]) if len(arguments) == 1 else None
    if part is None:
        print("用法 / usage: python -m services.notification api|worker", file=sys.stderr)
        raise SystemExit(2)
    run(NAME, partial(part, Settings()))


if __name__ == "__main__":
    main(sys.argv[1:])
