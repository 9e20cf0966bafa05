"""The process of the lists benchmark: inspection's whole API on the database that was made, on the day it was made for.

Only the token is taken on trust, because signing in is the portal's.
"""

import sys

from pydantic import SecretStr

from bench._accepting_api import TokenIsThePerson
from bench._listed_issues import NOW
from bench._lists_store import PREFIX
from dudao.embedded.ports import LOOPBACK
from runtime.clock import FixedClock
from runtime.http.serve import run, serve
from services.inspection.bootstrap import make_api
from services.inspection.settings import Settings


async def api(url: str, port: int) -> None:
    """Serve until told to stop."""
    settings = Settings(mongo_url=SecretStr(url), database_prefix=PREFIX, port=port)
    await serve(make_api(settings, verifier=TokenIsThePerson(), clock=FixedClock(NOW)), LOOPBACK, port)


if __name__ == "__main__":
    run("inspection", lambda: api(sys.argv[1], int(sys.argv[2])))
