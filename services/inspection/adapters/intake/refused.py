"""Why a file is not taken in: the code of a rule of `domain/rules_evidence.py`."""


class Refused(Exception):
    """The file breaks the rule of this code."""

    def __init__(self, code: str, **detail: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
