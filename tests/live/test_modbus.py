"""Meters that are asked over Modbus TCP: a real server on the loopback, stopped and started."""

import signal
import subprocess
import sys
import time

from tests.e2e.conftest import free_port
from tests.live.conftest import counted, live
from tests.live.test_mqtt import until

SERVER = """
import sys
from pymodbus.server import StartTcpServer
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusDeviceContext, ModbusServerContext
registers = [0] * 20
registers[10:12] = [1, 2]      # uint32: 65,538
registers[12:14] = [0x4479, 0x8000]  # float32: 998.0
block = ModbusSequentialDataBlock(1, registers)
StartTcpServer(ModbusServerContext(devices=ModbusDeviceContext(hr=block, ir=block), single=True),
    address=("127.0.0.1", int(sys.argv[1])))
"""
DEFINITION = """
kind = "modbus"
[batches]
seconds = 0.5
[[devices]]
host = "127.0.0.1"
port = {port}
every_s = 1.0
timeout_s = 1.0
registers = [
    {{ meter_id = "M-1", address = 10, form = "uint32", scale = "0.01" }},
    {{ meter_id = "M-2", address = 12, form = "float32", table = "input" }},
]
"""


def serve(port):
    return subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_registers_are_read_scaled_and_the_device_is_found_again(home):
    port = free_port()
    (home / "live" / "devices.toml").write_text(DEFINITION.format(port=port), "utf-8")
    spool = home / "live" / "devices.spool"
    with live(home, "devices") as reader:
        for _ in range(2):  # the device is away at first, and again in between
            time.sleep(2)
            server = serve(port)
            before = _n_rows(spool)
            until(lambda before=before: _n_rows(spool) >= before + 4, "no answers", 40)
            server.kill()
            server.wait()
        reader.send_signal(signal.SIGTERM)
        assert reader.wait(60) == 0, reader.stderr.read()
    n, keys, total, _, rejected = counted(home)
    assert n == keys >= 8
    assert rejected == 0
    assert round(total / (n / 2), 2) == 655.38 + 998.0


def _n_rows(spool):
    paths = [p for suffix in ("csv", "part", "done") for p in spool.glob(f"*.{suffix}")]
    return max((int(p.stem) * 2 for p in paths if p.exists() and p.suffix != ".part"), default=0)
