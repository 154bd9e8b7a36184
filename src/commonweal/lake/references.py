"""How a code in a file becomes an integer id: the kernel's registers answer, the lake asks.

The lake lies below the register of meters and sites, so it cannot import them; the register
announces itself here when the application starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

_registers: dict[str, Callable[[], pa.Table]] = {}


def register_announce(name: str, codes: Callable[[], pa.Table]) -> None:
    """Announce a register: ``codes()`` gives a table ``code: string, id: int32``, codes unique."""
    _registers[name] = codes


def register_codes(name: str) -> pa.Table:
    """Return the codes and ids of a register as they stand now.

    Raises:
        DefinitionError: No such register was announced.
    """
    try:
        return _registers[name]()
    except KeyError:
        raise DefinitionError(f"no register {name!r} is announced to the lake") from None


def registers() -> Mapping[str, Callable[[], pa.Table]]:
    """Return every announced register."""
    return dict(_registers)
