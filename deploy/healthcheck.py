"""`healthcheck.py PORT`: exit code 0 when the process on loopback says that it is ready. Standard library only."""

import http.client
import sys

_PATIENCE_S = 4.0
_OK = 200


def ready(port: int) -> bool:
    """Whether `/health/ready` answers 200 within a few seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if ready(int(sys.argv[1])) else 1)
