"""Runs an application: uvicorn on uvloop, JSON logs, no access log, a graceful end on SIGTERM and SIGINT."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import ValidationError

from runtime.telemetry import set_up_logging

_log: Final = logging.getLogger(__name__)
GRACE_SECONDS: Final = 10
# A batch of two thousand events is tens of thousands of objects without a cycle: at the interpreter's own threshold of
# 700 looking through them again and again took a third of the time that decoding and sealing them takes.
LOOK_FOR_CYCLES_AFTER: Final = 50_000
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class CannotListenError(RuntimeError):
    """The address is taken, or not ours."""


class CannotStartError(RuntimeError):
    """The application's start failed; the log says why."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # The signals are the loop's (see `stop_on_signals`): uvicorn would raise them again at its end.
        yield

    async def serve_on(self, bound: socket.socket, title: str) -> None:
        """Serve until `should_exit`; uvicorn would end the whole process when the application does not start."""
        try:
            await self.serve(sockets=[bound])
        except SystemExit:
            raise CannotStartError(f"{title} did not start; the log says why") from None


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address (port 0: a free one); raises `CannotListenError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise CannotListenError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return bound


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` at the first SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)


async def serve(app: FastAPI, host: str, port: int, *, stop: asyncio.Event | None = None) -> None:
    """Serve until `stop` is set (made and bound to the signals when none is given), then end gracefully.

    Requests under way get `GRACE_SECONDS`. Raises `CannotListenError`, `CannotStartError`.
    """
    if stop is None:
        stop = asyncio.Event()
        stop_on_signals(stop)
    bound = listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with contextlib.closing(bound):
        server = _Server(config)
        serving = asyncio.create_task(server.serve_on(bound, app.title))
        waiting = asyncio.create_task(stop.wait())
        _log.info("%s binds to port %d", app.title, bound.getsockname()[1])
        try:
            await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            # After a cancellation too: requests under way get their answer, the lifespan its end.
            server.should_exit = True
            waiting.cancel()
            await serving
    _log.info("%s stopped", app.title)


def run(service: str, main: Callable[[], Awaitable[Any]]) -> None:
    """The `main` of a process: JSON logs, uvloop; exit code 1 and a reason in one line when it cannot start."""
    set_up_logging(service)
    gc.set_threshold(LOOK_FOR_CYCLES_AFTER)

    async def entry() -> None:
        await main()

    try:
        uvloop.run(entry())
    except (CannotListenError, CannotStartError) as error:
        _log.critical("%s", error)
        raise SystemExit(1) from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors(include_input=False)
        )
        _log.critical("%s: %s", error.title, wrong)
        raise SystemExit(1) from None
