"""Who may call notification, reporting and the portal; and what every service answers to everybody."""

from typing import Final

from tests.component.access import cast
from tests.component.access.requests import get, on_alert, on_dead_event
from tests.component.access.requests_portal import bought, changed, created, reset, signed_in
from tests.component.access.table import Row, everyone

HEALTH: Final = (
    Row("live", everyone(), get("/health/live"), audience="everybody"),
    Row("ready", everyone(), get("/health/ready"), audience="everybody"),
    Row("metrics", everyone(), get("/metrics"), audience="everybody"),
)


def _dead_events(service: str) -> tuple[Row, ...]:
    #           mlsdcrkLCBOTA mlsdcrkLC nsr
    letters = "FFFFFFFFFFFF+ FFFFFFFFF FFF"
    why = {"reason": "内容无法读取"}
    return (
        Row("list_dead_events", letters, get(f"/v1/{service}/dead-events", state="open")),
        Row("read_dead_event", letters, on_dead_event(service, "", method="GET")),
        Row("retry_dead_event", letters, on_dead_event(service, "/retry", {})),
        Row("discard_dead_event", letters, on_dead_event(service, "/discard", why)),
    )


NOTIFICATION: Final = (
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("list_inbox",        everyone(), get("/v1/inbox")),
    Row("stream_inbox",      everyone(), get("/v1/inbox/stream")),
    Row("read_alert",        "NN+NNNNNNNNNN NNNNNNNNN NNN", on_alert("read")),
    Row("acknowledge_alert", "NN+NNNNNNNNNN NNNNNNNNN NNN", on_alert("acknowledge")),
    Row("list_alerts",       "FFFFFFFF++F+F FFFFFFFF+ FFF", get("/v1/alerts")),
    Row("list_alerts",       "FFFFFFFF++F+F FFFFFFFF+ FFF", get("/v1/alerts", school=cast.SCHOOL), "of one school"),
    Row("ledger_heads",      everyone("F"), get("/ledger/alerts/heads"), audience="services"),
    Row("ledger_entries",    everyone("F"), get("/ledger/alerts/0"), audience="services"),
    *_dead_events("notification"),
)  # fmt: skip

#                 mlsdcrkLCBOTA mlsdcrkLC nsr
READERS: Final = "FF+++F++++++F FF+++F+++ FFF"
REPORTING: Final = (
    *(
        Row(f"report_{name}", READERS, get(f"/v1/reports/{name}", by=by), by)
        for name in ("rectification", "issues", "visits", "indicators", "alerts")
        for by in ("city", "school")
    ),
    *_dead_events("reporting"),
)

# A stranger has no account, so the portal knows no such token.
PORTAL: Final = (
    #                        mlsdcrkLCBOTA mlsdcrkLC nsr
    Row("signIn",            everyone(), signed_in(), audience="everybody"),
    Row("serviceToken",      everyone(), bought(), audience="everybody"),
    Row("jwks",              everyone(), get("/.well-known/jwks.json"), audience="everybody"),
    Row("changePassword",    "RRRRRRRRRRRRR RRRRRRRRR RUR", changed(), "with a wrong password"),
    Row("createAccount",     "FFFFFFFFFFFF+ FFFFFFFFF FUF", created()),
    Row("resetPassword",     "FFFFFFFFFFFF+ FFFFFFFFF FUF", reset()),
    Row("listAccounts",      "FFFFFFFFFFFF+ FFFFFFFFF FUF", get("/v1/accounts")),
)  # fmt: skip
