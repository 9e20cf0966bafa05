"""The one Kafka request a start-up needs, by hand: the client library is asynchronous and reconnects by itself."""

import socket
import struct

from dudao.embedded.ports import LOOPBACK

_METADATA, _VERSION, _CORRELATION = 3, 4, 7
_CLIENT = b"dudao"


def answers_metadata(port: int, *, timeout: float = 1.0) -> bool:
    """Tell whether the broker on this loopback port answers a metadata request and names at least one broker.

    Metadata version 4 of the Kafka protocol, for no topic at all. `timeout` is seconds per read; any failure is False.
    """
    header = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION, len(_CLIENT)) + _CLIENT
    no_topics_no_creation = struct.pack(">i?", 0, False)
    request = header + no_topics_no_creation
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout) as link:
            link.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", _exactly(link, 4))
            answer = _exactly(link, size)
    except OSError:
        return False
    correlation, _throttle, brokers = struct.unpack_from(">iii", answer)
    return bool(correlation == _CORRELATION and brokers > 0)


def _exactly(link: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        part = link.recv(count - len(received))
        if not part:
            raise ConnectionError("closed in the middle of an answer")
        received += part
    return received
