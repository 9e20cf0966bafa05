"""What a person at the terminal sees while the demonstration works."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_COLUMNS: Final = (
    SpinnerColumn(),
    TextColumn("{task.description}"),
    BarColumn(bar_width=24),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)


class Stage:
    """One bar; `advance` moves it by one."""

    def __init__(self, progress: Progress, title: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total)

    def advance(self) -> None:
        """One more is done."""
        self._progress.advance(self._task)


class Screen:
    """Bars on a terminal; into a file or a pipe one line when a stage starts, so that a log tells where it stands."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str) -> None:
        """One line."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Stage]:
        """A bar for so many steps."""
        if not self.console.is_terminal:
            self.say(f"… {title} ({total})")
        with Progress(*_COLUMNS, console=self.console, disable=not self.console.is_terminal) as progress:
            yield Stage(progress, title, total)
