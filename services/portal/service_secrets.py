"""Which services there are, and the SHA-256 of each one's secret (long and random, so no slow hash is needed)."""

import hashlib
import hmac
import re
from typing import Final

import msgspec

from runtime import canonical
from runtime.errors import Rejected

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}", re.ASCII)
_NOBODY: Final = "0" * 64


class ServiceSecrets:
    """From JSON `{name: SHA-256 in hexadecimal}`; raises `ValueError` on anything else."""

    def __init__(self, text: str) -> None:
        try:
            listed = canonical.decode(text.encode())
        except msgspec.DecodeError:
            listed = None
        if not isinstance(listed, dict) or not all(_well_formed(name, digest) for name, digest in listed.items()):
            raise ValueError("服务密钥表应为 {服务: SHA-256} / service secrets must be {service: SHA-256}")
        self._digests: dict[str, str] = listed

    def check(self, service: str, secret: str) -> None:
        """Raise `Rejected` (401) unless this is the service's secret; an unknown service takes as long."""
        given = hashlib.sha256(secret.encode()).hexdigest()
        if not hmac.compare_digest(given, self._digests.get(service, _NOBODY)):
            raise Rejected("service-refused", "服务凭据不正确", "Not this service's secret", status=401)


def _well_formed(name: object, digest: object) -> bool:
    fits = isinstance(name, str) and isinstance(digest, str)
    return fits and _NAME.fullmatch(str(name)) is not None and _DIGEST.fullmatch(str(digest)) is not None
