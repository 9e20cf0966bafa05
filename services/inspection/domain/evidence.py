"""Evidence 佐证材料: what a file was."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One file: its bytes live in the file store under `sha256`, this entry proves what they were."""

    id: str
    school: str
    sha256: str
    size: int
    media_type: str
    name: str
    by: str
    at: str
