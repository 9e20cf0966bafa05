"""What can go wrong with a server we start ourselves."""


class EmbeddedError(RuntimeError):
    """Any failure of an embedded server."""


class ServerMissing(EmbeddedError):
    """The server's program cannot be had on this machine; the text says what to install."""


class ServerFailed(EmbeddedError):
    """The server was started but ended, or did not become ready in time; the text ends with its last log lines."""
