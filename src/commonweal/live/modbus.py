"""Meters that are asked: registers of Modbus TCP devices, read at even intervals.

A device that does not answer is asked again, ever less often up to its interval; its registers
count on meanwhile, so nothing is lost but the hours in between, and the lake notices those.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

from commonweal.live.messages import Arrived

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from queue import Queue

    from commonweal.errors import InputError
    from commonweal.live.definitions import Device, Reader, Register
    from commonweal.live.metrics import Metrics

_FIRST_WAIT_S = 0.5


class NoAnswerError(Exception):
    """A device did not answer, or answered with a refusal."""


class ModbusSource:
    """Puts what devices answer into a queue; a thread for each device."""

    fault: InputError | None = None

    def __init__(
        self,
        reader: Reader,
        arrived: Queue[Arrived],
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        """Prepare; nothing is connected yet."""
        self._reader, self._arrived, self._clock, self._metrics = reader, arrived, clock, metrics
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(device,), daemon=True)
            for device in reader.devices
        ]

    def start(self) -> None:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop asking; a question under way is let go."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=1)

    def _ask(self, device: Device) -> None:
        client = ModbusTcpClient(device.host, port=device.port, timeout=device.timeout_s, retries=0)
        n_failures = 0
        wait_s = 0.0
        while not self._stopping.wait(wait_s):
            try:
                rows = self._rows(client, device)
            except NoAnswerError:
                client.close()  # type: ignore[no-untyped-call]
                self._metrics.connected.set(0)
                self._metrics.disconnects.inc()
                wait_s = min(_FIRST_WAIT_S * 2.0**n_failures, device.every_s)
                n_failures = min(n_failures + 1, 20)
                continue
            n_failures = 0
            self._metrics.connected.set(1)
            self._arrived.put(Arrived(rows))
            wait_s = device.every_s - self._clock().timestamp() % device.every_s
        client.close()  # type: ignore[no-untyped-call]

    def _rows(self, client: ModbusTcpClient, device: Device) -> tuple[dict[str, str], ...]:
        rows = []
        for register in device.registers:
            value = register_value(client, device, register)
            rows.append(
                {
                    **self._reader.constants,
                    "meter_id": register.meter_id,
                    "read_at": self._clock().replace(microsecond=0).isoformat(),
                    "register": f"{value:f}",
                }
            )
        return tuple(rows)


def register_value(client: ModbusTcpClient, device: Device, register: Register) -> Decimal:
    """Ask for one register and return its value, scaled.

    Raises:
        NoAnswerError: There is no connection, no answer in time, or a refusal.
    """
    form = client.DATATYPE[register.form.upper()]
    ask = (
        client.read_holding_registers
        if register.table == "holding"
        else client.read_input_registers
    )
    try:
        answer = ask(register.address, count=form.value[1], device_id=device.unit)
    except (ModbusException, OSError) as fault:
        raise NoAnswerError(str(fault)) from fault
    if answer.isError():
        raise NoAnswerError(f"register {register.address} of unit {device.unit}: {answer}")
    number = client.convert_from_registers(answer.registers, form, word_order=register.word_order)
    return Decimal(repr(number)) * register.scale
