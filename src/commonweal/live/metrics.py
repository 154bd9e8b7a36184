"""What a live reader tells its operator, in Prometheus' form."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server


class Metrics:
    """Counters and gauges of one reader, in a registry of their own."""

    def __init__(self, reader: str) -> None:
        """Make them; nothing is served yet."""
        self.registry = CollectorRegistry()

        def counter(name: str, help_text: str) -> Counter:
            made = Counter(f"commonweal_live_{name}", help_text, ["reader"], registry=self.registry)
            return made.labels(reader)

        def gauge(name: str, help_text: str) -> Gauge:
            made = Gauge(f"commonweal_live_{name}", help_text, ["reader"], registry=self.registry)
            return made.labels(reader)

        self.messages = counter("messages", "Messages or answers received")
        self.rows = counter("rows", "Rows brought to the disk")
        self.repeats = counter("repeated_rows", "Rows that a sender repeated and we had")
        self.unread = counter("unread_rows", "Rows that lack a field; the lake will refuse them")
        self.disconnects = counter("disconnects", "Connections lost or not made")
        self.files = counter("files", "Files brought into the lake")
        self.accepted = counter("accepted_rows", "Rows that the lake accepted")
        self.rejected = counter("rejected_rows", "Rows that the lake keeps among the rejects")
        self.failures = counter("ingest_failures", "Attempts to bring a file in that failed")
        self.connected = gauge("connected", "Whether the last attempt found the other side")
        self.waiting_bytes = gauge("waiting_bytes", "Size of what is not in the lake yet")
        self.waiting_files = gauge("waiting_files", "Sealed files that are not in the lake yet")
        self.last_row_at = gauge("last_row_timestamp_seconds", "When the last row arrived")
        self.ingest_seconds = Histogram(
            "commonweal_live_ingest_seconds",
            "Time to bring one file into the lake",
            ["reader"],
            registry=self.registry,
        ).labels(reader)

    def serve(self, port: int, host: str = "127.0.0.1") -> None:
        """Answer scrapes at ``http://host:port/metrics`` until the process ends."""
        start_http_server(port, addr=host, registry=self.registry)
