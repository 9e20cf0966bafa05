"""How the commands behave in a terminal: one console, plain words for failures, an orderly end on a signal."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import typer
from rich.console import Console

from dudao.city import CityFileError
from dudao.client.api import RefusedError, UnreachableError
from dudao.client.sign_in import SignInError
from dudao.embedded import EmbeddedError
from dudao.folder import FolderBusyError, FolderNotEmptyError
from dudao.operations.archive import ArchiveError
from dudao.operations.dead import NoSuchPlaceError
from dudao.operations.divergence import DamagedLedgerError
from dudao.operations.dumps import DumpError
from dudao.operations.proof import ProofError
from dudao.operations.restore_deployed import NotEmptyError
from dudao.operations.servers import NotAnOperatorsFolderError, StillRunningError
from dudao.operations.signed_heads import NoHeadsError, UnsoundLedgerError
from dudao.stack import StackError
from dudao.verify.command import NotRunningError
from runtime.errors import Retryable
from runtime.ledger.outlet import OutletError

_EXPECTED: Final = (
    ArchiveError,
    CityFileError,
    DamagedLedgerError,
    DumpError,
    EmbeddedError,
    FolderBusyError,
    FolderNotEmptyError,
    NoHeadsError,
    NoSuchPlaceError,
    NotAnOperatorsFolderError,
    NotEmptyError,
    OutletError,
    ProofError,
    RefusedError,
    Retryable,
    SignInError,
    StackError,
    StillRunningError,
    NotRunningError,
    UnreachableError,
    UnsoundLedgerError,
)
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)

# Progress goes to standard error: standard output is for what was asked for, so that `--json` can be read by programs.
CONSOLE: Final = Console(stderr=True)


@contextmanager
def failures_in_words() -> Iterator[None]:
    """What can be expected to go wrong ends the command with its reason and code 1, without a stack trace."""
    try:
        yield
    except _EXPECTED as error:
        CONSOLE.print(f"[red]失败 / failed[/red] {type(error).__name__}", highlight=False)
        CONSOLE.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """While inside, SIGTERM and a closed terminal end the program as Ctrl-C does: by way of `KeyboardInterrupt`."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        signal.raise_signal(signal.SIGINT)

    # A shell starts what it sends to the background with SIGINT ignored, and Python leaves that so.
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler)}
    before |= {number: signal.signal(number, interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
