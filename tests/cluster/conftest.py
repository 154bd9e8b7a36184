"""Query engines that tests start: Sail in a process, a real Spark cluster on loopback.

``spark_cluster`` and ``sail`` give an address for ``query(..., engine=address)`` or
``settings.QUERY_ENGINE``. They run once per session and see the files of this machine.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
START_LIMIT_S = 120
_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # no time for optimising compilers
_EXECUTOR = "org.apache.spark.executor.CoarseGrainedExecutorBackend"


def free_port():
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def sail():
    """Address of a Sail server: the quick Spark Connect server."""
    command = [sys.executable, str(HERE / "sail_server.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        yield f"sc://127.0.0.1:{int(server.stdout.readline())}"
        server.stdin.close()
        server.wait(20)


@dataclass
class SparkCluster:
    """A standalone master, two workers and a Connect server, all real."""

    folder: Path
    processes: dict = field(default_factory=dict)
    address: str = ""

    def start(self, name, *command):
        """Start one of Spark's programs in a process group of its own."""
        home = Path(_spark_home())
        environment = os.environ | {
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_NO_DAEMONIZE": "1",
            "SPARK_DAEMON_JAVA_OPTS": _QUICK_START,
            "SPARK_LOCAL_DIRS": str(self.folder),  # killed programs leave theirs behind
            "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={self.folder}",
            "PYSPARK_PYTHON": sys.executable,
            "TZ": "America/New_York",  # must not matter
        }
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [str(home / "bin" / command[0]), *command[1:]],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, name, sentence, times=1):
        """Wait until a program has logged a sentence so many times."""
        deadline = time.monotonic() + START_LIMIT_S
        while self.count(name, sentence) < times:
            if self.processes[name].poll() is not None or time.monotonic() > deadline:
                log = (self.folder / f"{name}.log").read_text("utf-8", "replace")
                pytest.fail(f"{name} did not log {sentence!r}:\n{log[-3000:]}")
            time.sleep(0.1)

    def count(self, name, sentence):
        """How often a program has logged a sentence."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace").count(sentence)

    def executors(self):
        """Process of each executor, the program that does the cluster's work, by its number."""
        found = {}
        for name in ("worker1", "worker2"):
            for child in psutil.Process(self.processes[name].pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):  # a helper that has just ended
                    words = child.cmdline()
                    if _EXECUTOR in words:
                        found[int(words[words.index("--executor-id") + 1])] = child.pid
        return found

    @contextmanager
    def executor_killed_at_work(self):
        """Kill an executor in the middle of the block's work.

        It is frozen first, so that the first task it is given waits for it and is lost with it.
        """
        self.wait_for("connect", "Registered executor", times=2)
        number, pid = min(self.executors().items())  # a later one may not have registered yet
        n_given = self._n_tasks(number)
        os.kill(pid, signal.SIGSTOP)
        killer = threading.Thread(target=self._kill_after, args=(number, pid, n_given))
        killer.start()
        try:
            yield
        finally:
            killer.join()
        assert number not in self.executors()
        assert self._n_tasks(number) > n_given
        assert self.count("connect", f"Lost executor {number} ")

    def _kill_after(self, number, pid, n_given):
        deadline = time.monotonic() + START_LIMIT_S
        while self._n_tasks(number) <= n_given and time.monotonic() < deadline:
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)

    def _n_tasks(self, executor):
        """How many tasks an executor was given."""
        return self.count("connect", f"(127.0.0.1,executor {executor}, partition")

    def stop(self):
        """End every process group that was started."""
        for process in reversed(self.processes.values()):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _spark_home():
    pyspark = pytest.importorskip("pyspark")
    return Path(pyspark.__file__).parent


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory):
    """A real standalone cluster; ``.address`` is its Connect server."""
    if shutil.which("java") is None:
        pytest.skip("no java: apt-get install openjdk-17-jre-headless")
    cluster = SparkCluster(tmp_path_factory.mktemp("spark"))
    try:
        _start_cluster(cluster)
        yield cluster
    finally:
        cluster.stop()


def _start_cluster(cluster):
    master_port, connect_port = free_port(), free_port()
    master = f"spark://127.0.0.1:{master_port}"
    deploy = "org.apache.spark.deploy"
    local = ("--host", "127.0.0.1", "--webui-port", "0")
    cluster.start(
        "master", "spark-class", f"{deploy}.master.Master", *local, "--port", str(master_port)
    )
    cluster.wait_for("master", "I have been elected leader")
    for name in ("worker1", "worker2"):
        size = ("--cores", "1", "--memory", "1g", "--work-dir", str(cluster.folder / name))
        cluster.start(name, "spark-class", f"{deploy}.worker.Worker", *local, *size, master)
    settings = {
        "spark.connect.grpc.binding.port": connect_port,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "768m",
        "spark.executor.memory": "768m",
        "spark.driver.extraJavaOptions": _QUICK_START,
        "spark.executor.extraJavaOptions": _QUICK_START,
        "spark.sql.shuffle.partitions": 4,
        "spark.ui.enabled": "false",
    }
    configured = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    words = ("--master", master, "--class", server, *configured, "spark-internal")
    cluster.start("connect", "spark-submit", *words)
    cluster.wait_for("master", "Registering worker", times=2)
    cluster.wait_for("connect", "Spark Connect server started at")
    cluster.address = f"sc://127.0.0.1:{connect_port}"


@pytest.fixture(
    params=["duckdb", "sail", pytest.param("spark", marks=pytest.mark.cluster)],
)
def engine(request):
    """Every engine in turn, as ``query`` takes it."""
    if request.param == "spark":
        return request.getfixturevalue("spark_cluster").address
    return request.getfixturevalue("sail") if request.param == "sail" else "duckdb"
