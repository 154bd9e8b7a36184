"""The process of a worker: signals, and the end of the site that it runs beside."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.cli.common import clock

if TYPE_CHECKING:
    from types import FrameType

logger = logging.getLogger(__name__)
_RESTART_S = 2.0
_GRACE_S = 10.0


def work(*, until_empty: bool, lease_s: float, beside: int = 0) -> int:
    """Run a worker in this process; SIGTERM and SIGINT end it at the job's next step."""
    from commonweal.cli.common import register_check  # noqa: PLC0415
    from commonweal.kernel.jobs.worker import Worker  # noqa: PLC0415

    register_check()
    worker = Worker(Path(settings.HOME) / "workers", clock, lease_s=lease_s, beat_s=lease_s / 12)

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the system's contract
        worker.stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if beside:
        threading.Thread(target=_end_with, args=(beside, worker.stop), daemon=True).start()
    return worker.run(until_empty=until_empty)


def _end_with(parent: int, stop: threading.Event) -> None:
    """Stop when the process that started this one is gone, however it went."""
    while not stop.wait(1.0):
        if os.getppid() != parent:
            stop.set()


class Beside:
    """A worker's process beside the site; started again if it dies, stopped with the site."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker", daemon=True)

    def start(self) -> None:
        """Start it."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        self._over.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its job is taken up by the next worker
        self._thread.join(_GRACE_S)

    def _keep(self) -> None:
        line = [sys.executable, "-m", "commonweal", "jobs", "run", "--beside", str(os.getpid())]
        while not self._over.is_set():
            self._process = subprocess.Popen(line, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
            status = self._process.wait()
            if not self._over.is_set():
                logger.warning("the worker ended with status %s; it is started again", status)
            self._over.wait(_RESTART_S)
