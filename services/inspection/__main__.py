"""`python -m services.inspection api|worker`, and `init` for an empty system with its first administrator."""

import argparse
from collections.abc import Awaitable, Callable

from runtime.errors import Rejected
from runtime.http.serve import run
from services.inspection.bootstrap import api, init, work
from services.inspection.settings import NAME, Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.inspection", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("api", help="HTTP")
    parts.add_parser("worker", help="seals and publishes")
    first = parts.add_parser("init", help="the city, its calendars, its first administrator")
    first.add_argument("--city", required=True, help="id of the city, e.g. 230800")
    first.add_argument("--name", required=True, help="its name")
    first.add_argument("--person", required=True, help="person id of the first administrator")
    return parser.parse_args()


def main() -> None:
    """Run one of the service's processes."""
    given = _arguments()
    settings = Settings()
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "api": lambda: api(settings),
        "worker": lambda: work(settings),
        "init": lambda: init(settings, given.city, given.name, given.person),
    }
    try:
        run(NAME, parts[given.part])
    except Rejected as refusal:
        raise SystemExit(f"{refusal.zh} / {refusal.en}") from None


if __name__ == "__main__":
    main()
