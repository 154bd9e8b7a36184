"""A Sail server in a process of its own; prints its port, runs until its input is closed."""

import sys

import pyspark
from pysail.spark import SparkConnectServer

# Sail looks up configuration defaults by the version of the pyspark beside it and knows none later
# than 4.2; the clients' protocol is the same.
pyspark.__version__ = min(pyspark.__version__, "4.2.0")

server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print(server.listening_address[1], flush=True)  # noqa: T201 - that is its answer
sys.stdin.read()
server.stop()
