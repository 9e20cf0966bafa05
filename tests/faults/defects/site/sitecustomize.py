"""Loaded by Python itself in the processes of services under test, where the environment says so.

`DUDAO_TEST_DEFECT` names a defect to plant. Under libfaketime 0.9.10 `time.sleep` fails with EINVAL, as it sleeps until
an absolute monotonic time, which that library turns into another; the database driver's monitors live by it.
"""

import os
import select
import sys
import time
from pathlib import Path
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex, /) -> None:
    select.select([], [], [], float(seconds))


if "FAKETIME_TIMESTAMP_FILE" in os.environ:
    time.sleep = _sleep

_NAME = os.environ.get("DUDAO_TEST_DEFECT")

if _NAME:
    sys.path.insert(0, str(Path(__file__).parents[4]))
    from tests.faults.defects.catalogue import DEFECTS

    DEFECTS[_NAME].plant()
