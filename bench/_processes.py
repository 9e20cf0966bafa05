"""Inspection's whole API as a process of its own, as the benchmarks over HTTP want it."""

import sys
from contextlib import ExitStack
from pathlib import Path

from bench._machine import await_ready
from dudao.bench_results import ROOT
from dudao.embedded import Process
from dudao.embedded.ports import LOOPBACK, free_port


def inspection_api(stack: ExitStack, folder: Path, url: str, prefix: str) -> str:
    """Its base URL; it ends with the stack. See `bench._accepting_api`."""
    port = free_port()
    argv = [sys.executable, "-m", "bench._accepting_api", "inspection", url, prefix, str(port)]
    process = Process("inspection", argv, log=folder / "inspection.log", cwd=ROOT)
    stack.callback(process.kill)
    process.start()
    base = f"http://{LOOPBACK}:{port}"
    await_ready(process, f"{base}/health/ready")
    return base
