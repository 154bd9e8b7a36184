"""One live reader at work: source → queue → spool, on the disk before it is acknowledged → lake.

Two things happen side by side: this thread writes what arrives, a second one brings sealed files
into the lake by the same door as every file. A file is ingested once, whatever is killed when: its
bytes are its name there.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from queue import Empty, Queue
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, close_old_connections

from commonweal.errors import StateError
from commonweal.kernel.records.intake import source_ingest
from commonweal.lake.datasets import dataset_get
from commonweal.live.messages import RAW, Arrived
from commonweal.live.metrics import Metrics
from commonweal.live.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from typing import Protocol

    from commonweal.errors import InputError
    from commonweal.live.definitions import Reader

    class Source(Protocol):
        """Something that puts what arrives into a queue."""

        fault: InputError | None

        def start(self) -> None:
            """Begin."""

        def stop(self) -> None:
            """End; nothing is put into the queue after that."""


_log = logging.getLogger(__name__)

_QUEUE: Final = 10_000
_AT_ONCE: Final = 5_000
"""Messages that one sync of the disk is shared by."""
_PAUSE_S: Final = 0.2
_RETRY_S: Final = 2.0


def reader_run(
    reader: Reader,
    folder: Path,
    *,
    actor: str,
    clock: Callable[[], datetime],
    stopping: threading.Event,
    metrics: Metrics | None = None,
) -> None:
    """Read until ``stopping`` is set; then bring what has arrived into the lake, and return.

    Args:
        reader: Which.
        folder: Of its spool.
        actor: Who is named in events.
        clock: The present instant.
        stopping: Set by whoever wants it to end.
        metrics: Told what happens.

    Raises:
        StateError: Another process reads into the folder.
        InputError: The other side refuses us for good.
    """
    metrics = metrics or Metrics(reader.name)
    columns = (*(column.name for column in dataset_get(reader.dataset).columns), RAW)
    arrived: Queue[Arrived] = Queue(_QUEUE)
    source = source_of(reader, arrived, clock=clock, metrics=metrics)
    with Spool(folder, columns) as spool:
        lake = _Lake(reader, spool, actor=actor, clock=clock, metrics=metrics)
        writer = _Writer(reader, spool, columns, metrics, clock)
        lake.start()
        source.start()
        try:
            while not stopping.is_set() and source.fault is None:
                writer.turn(arrived)
        finally:
            source.stop()
            writer.drain(arrived)
            spool.seal()
            lake.finish()
    if source.fault is not None:
        raise source.fault


def source_of(
    reader: Reader, arrived: Queue[Arrived], *, clock: Callable[[], datetime], metrics: Metrics
) -> Source:
    """Return the source that a reader's definition asks for."""
    if reader.kind == "mqtt":
        from commonweal.live.mqtt import MqttSource  # noqa: PLC0415 - one protocol is enough

        return MqttSource(reader, arrived, clock=clock, metrics=metrics)
    from commonweal.live.modbus import ModbusSource  # noqa: PLC0415 - as above

    return ModbusSource(reader, arrived, clock=clock, metrics=metrics)


class _Writer:
    """Brings what arrives to the disk, and then tells the sender."""

    def __init__(
        self,
        reader: Reader,
        spool: Spool,
        columns: tuple[str, ...],
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._spool, self._columns, self._metrics, self._clock = spool, columns, metrics, clock
        self._limits = reader.batches
        self._since = monotonic()

    def turn(self, arrived: Queue[Arrived]) -> None:
        """Write what has arrived, or wait a little; leave it where it is if too much waits."""
        self._metrics.waiting_bytes.set(self._spool.n_bytes)
        if self._spool.n_bytes > self._limits.spool_mb * 1e6:
            self._spool.seal()
            sleep(_PAUSE_S)
            return
        if batch := _batch(arrived, _PAUSE_S):
            self._write(batch)
        is_old = monotonic() - self._since >= self._limits.seconds
        if self._spool.n_rows >= self._limits.n_rows or (self._spool.n_rows and is_old):
            self._spool.seal()
            self._since = monotonic()
        elif not self._spool.n_rows:
            self._since = monotonic()

    def drain(self, arrived: Queue[Arrived]) -> None:
        """Write what is left; nothing more arrives."""
        while batch := _batch(arrived, 0):
            self._write(batch)

    def _write(self, batch: list[Arrived]) -> None:
        n_rows = 0
        for each in batch:
            lines = [[row.get(column, "") for column in self._columns] for row in each.rows]
            n_new = self._spool.append(lines, is_repeat=each.is_repeat)
            n_rows += n_new
            self._metrics.repeats.inc(len(lines) - n_new)
            self._metrics.unread.inc(sum(RAW in row for row in each.rows))
        self._spool.sync()
        for each in batch:
            each.taken()
        self._metrics.messages.inc(len(batch))
        self._metrics.rows.inc(n_rows)
        self._metrics.last_row_at.set(self._clock().timestamp())


def _batch(arrived: Queue[Arrived], wait_s: float) -> list[Arrived]:
    """Return what has arrived; wait for the first if there is none."""
    batch: list[Arrived] = []
    with suppress(Empty):
        batch.append(arrived.get(timeout=wait_s) if wait_s else arrived.get_nowait())
        while len(batch) < _AT_ONCE:
            batch.append(arrived.get_nowait())
    return batch


class _Lake(threading.Thread):
    """Brings sealed files into the lake, the oldest first; waits out a register that is away."""

    def __init__(
        self,
        reader: Reader,
        spool: Spool,
        *,
        actor: str,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        super().__init__(daemon=True, name=f"lake-{reader.name}")
        self._reader, self._spool, self._actor = reader, spool, actor
        self._clock, self._metrics = clock, metrics
        self._ending = threading.Event()

    def run(self) -> None:
        """Work until asked to finish, and nothing waits."""
        while True:
            waiting = self._spool.waiting()
            self._metrics.waiting_files.set(len(waiting))
            if not waiting and self._ending.is_set():
                return
            if not waiting:
                self._ending.wait(_PAUSE_S)
            elif not self._bring(waiting[0]) and self._ending.wait(_RETRY_S):
                return  # asked to end while the register is away: the files stay for next time

    def finish(self) -> None:
        """Let it end, and wait until it has."""
        self._ending.set()
        self.join()

    def _bring(self, path: Path) -> bool:
        close_old_connections()
        try:
            with self._metrics.ingest_seconds.time():
                taken = source_ingest(
                    self._reader.dataset, path, actor=self._actor, now=self._clock()
                )
        except (DatabaseError, StateError, OSError) as fault:
            _log.warning("%s waits: %s", path.name, str(fault).partition("\n")[0])
            self._metrics.failures.inc()
            return False
        finally:
            close_old_connections()
        self._spool.retire(path)
        self._metrics.files.inc()
        self._metrics.accepted.inc(taken.n_accepted)
        self._metrics.rejected.inc(taken.n_rejected)
        return True
