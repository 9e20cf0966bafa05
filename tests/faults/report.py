"""docs/faults/README.md: the text that explains, and the tables made of the results."""

from pathlib import Path
from typing import Final

from tests.faults import proof, results
from tests.faults.catalogue import FAULTS
from tests.faults.defects.catalogue import DEFECTS

README: Final = results.RESULTS.with_name("README.md")
_BEGIN: Final = "<!-- {name}: made by `python -m tests.faults --tables` -->"
_END: Final = "<!-- end of {name} -->"


def titles() -> dict[str, str]:
    """Of every fault, in the order of the table."""
    return {name: fault.title for name, fault in FAULTS.items()}


def rendered(text: str) -> str:
    """The text with both tables as the results are now. Raises `ValueError` where a mark is missing."""
    faults = results.table(results.read(results.RESULTS), titles())
    defects = proof.table(proof.read(proof.PROOFS), DEFECTS.values())
    return _between(_between(text, "faults", faults), "defects", defects)


def _between(text: str, name: str, lines: list[str]) -> str:
    begin, end = _BEGIN.format(name=name), _END.format(name=name)
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"no marks for {name}")
    return "\n".join([f"{before}{begin}", "", *lines, "", f"{end}{after}"])


def write(path: Path = README) -> None:
    """Put the tables in."""
    path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")
