"""Loaded by Python itself in the processes of services under test: plants the defect that the environment names."""

import os
import sys
from pathlib import Path

_NAME = os.environ.get("DUDAO_TEST_DEFECT")

if _NAME:
    sys.path.insert(0, str(Path(__file__).parents[4]))
    from tests.faults.defects.catalogue import DEFECTS

    DEFECTS[_NAME].plant()
