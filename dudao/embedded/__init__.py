"""Servers as child processes on loopback: a real MongoDB, a Kafka-protocol broker, Apache Kafka for tests.

Every server is a plain object with `start()`, `stop()` and `kill()`, and a context manager. Nothing here is for
production: there the same engines run under Compose or Kubernetes.
"""

from dudao.embedded.errors import EmbeddedError, ServerFailed, ServerMissing
from dudao.embedded.kafka import Kafka
from dudao.embedded.mongod import Mongod
from dudao.embedded.processes import Process
from dudao.embedded.supervisor import Restart, Status, Supervisor
from dudao.embedded.tansu import Tansu

__all__ = [
    "EmbeddedError",
    "Kafka",
    "Mongod",
    "Process",
    "Restart",
    "ServerFailed",
    "ServerMissing",
    "Status",
    "Supervisor",
    "Tansu",
]
