"""`dudao bench`: run the benchmarks, show a table, keep JSON."""

import time
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from dudao.bench import (
    Arm,
    NoSuchBenchmarkError,
    PeerMissingError,
    Wanted,
    WrongOutputError,
    benchmarks,
    chosen_benchmarks,
)
from dudao.bench_results import RESULTS, Run, commit, markdown, record, show, write
from dudao.terminal import CONSOLE, ended_like_ctrl_c, failures_in_words
from runtime.clock import SystemClock

_CANNOT: Final = 2


def bench_command(  # noqa: PLR0913, PLR0917 -- a command's options
    name: Annotated[str | None, typer.Argument(help="基准名，缺省为全部 / one of them, or all")] = None,
    events: Annotated[int | None, typer.Option(min=100, max=5_000_000, help="事件数 / number of events")] = None,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="轮数，取中位数 / rounds, the median counts")] = 3,
    quick: Annotated[bool, typer.Option("--quick", help="小规模试跑 / small and short, for a look")] = False,
    ours_only: Annotated[bool, typer.Option("--ours-only", help="不跑对照 / leave the peers out, for tuning")] = False,
    only: Annotated[str, typer.Option(help="lists：名称含此文字的问题 / of lists: questions with this text")] = "",
    out: Annotated[Path, typer.Option(help="JSON 结果目录 / folder of the JSON results")] = RESULTS,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="输出文档用表格 / print a document's table")] = False,
) -> None:
    """运行基准测试 / Run the benchmarks, each arm beside its peer; exit code 1 where a goal is not met."""
    wanted = Wanted(events=events, rounds=rounds, quick=quick, peers=not ours_only, only=only, tell=_tell)
    try:
        with failures_in_words(), ended_like_ctrl_c():
            arms = _run(name, wanted, out, as_json)
        if as_markdown:
            typer.echo(markdown(arms))
    except (NoSuchBenchmarkError, PeerMissingError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_CANNOT) from None
    except WrongOutputError as error:
        typer.echo(f"结果不对，不计成绩 / a wrong result, no figure counts: {error}", err=True)
        raise typer.Exit(1) from None
    raise typer.Exit(0 if all(arm.met for arm in arms) else 1)


def _tell(text: str) -> None:
    CONSOLE.print(text, style="dim", highlight=False, markup=False)


def _run(name: str | None, wanted: Wanted, out: Path, as_json: bool) -> list[Arm]:
    found: list[Arm] = []
    for chosen, benchmark in chosen_benchmarks(name, benchmarks()).items():
        wanted.tell(f"== {chosen}")
        # Before it begins: whoever goes on working meanwhile changes nothing of what was measured.
        at, began = commit(), time.monotonic()
        arms = benchmark.measure(wanted)
        told = record(Run(chosen, wanted, at, time.monotonic() - began), arms, SystemClock())
        file = write(out, told)
        wanted.tell(f"{told['seconds']} s, {file}")
        if as_json:
            typer.echo(msgspec.json.encode(told).decode())
        else:
            show(arms, CONSOLE)
        found.extend(arms)
    return found
