"""What can go wrong, in the few kinds that callers treat differently."""


class Retryable(Exception):
    """The infrastructure failed; the same call may succeed later. Its outcome may be unknown."""


class BrokenFileError(Retryable):
    """The store holds other bytes of a file, or fewer, than its description says."""


class Conflict(Exception):
    """Somebody else changed the same thing first; nothing of this attempt was kept."""


class NotFound(Exception):
    """There is no such thing, or it is not for this caller to know of."""


class Rejected(Exception):
    """The input breaks a rule. `code` is stable; the texts are for people."""

    def __init__(self, code: str, zh: str, en: str, status: int = 422, **detail: object) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.status = status
        self.detail = detail
