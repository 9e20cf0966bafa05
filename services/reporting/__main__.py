"""`python -m services.reporting api | worker | hash`."""

import asyncio
import sys
from typing import Final

from runtime.http.serve import run, serve
from services.reporting.bootstrap import SERVICE, connect, make_api, make_consumer, prepare_database
from services.reporting.settings import ReportingSettings
from services.reporting.state import state_hash
from services.reporting.worker import prepared, work

USAGE: Final = "用法 / usage: python -m services.reporting api | worker | hash"


async def _api() -> None:
    settings = ReportingSettings()
    await serve(make_api(settings), settings.host, settings.port)


async def _worker() -> None:
    settings = ReportingSettings()
    mongo = connect(settings)
    await prepared(lambda: prepare_database(mongo.database(settings.database)))
    await work(make_consumer(settings, mongo), settings.host, settings.port)
    await mongo.close()


async def _hash() -> None:
    settings = ReportingSettings()
    mongo = connect(settings)
    sys.stdout.write(await state_hash(mongo.database(settings.database)) + "\n")
    await mongo.close()


def main(arguments: list[str]) -> int:
    """Run one of the processes; 2 for anything else."""
    if arguments == ["hash"]:
        asyncio.run(_hash())
        return 0
    processes = {"api": _api, "worker": _worker}
    if len(arguments) != 1 or arguments[0] not in processes:
        sys.stderr.write(USAGE + "\n")
        return 2
    run(f"{SERVICE}-{arguments[0]}", processes[arguments[0]])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
