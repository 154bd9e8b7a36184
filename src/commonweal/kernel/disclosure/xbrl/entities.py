"""Who reports: by Legal Entity Identifier where there is one, else by code of the register."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from commonweal.errors import InputError
from commonweal.kernel.disclosure.known import node_get
from commonweal.kernel.disclosure.xbrl.names import ENTITIES, LEI

_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Entity:
    """An identifier and the scheme that it is of."""

    scheme: str
    identifier: str


def entity_of(lei: str = "") -> Entity:
    """Return the reporting entity.

    Raises:
        InputError: The LEI is malformed, or its check digits do not fit (ISO 17442: mod 97 is 1).
    """
    if not lei:
        return Entity(ENTITIES, node_get().code)
    if not _LEI.fullmatch(lei) or int("".join(str(int(sign, 36)) for sign in lei)) % 97 != 1:
        raise InputError(
            f"{lei!r} is no Legal Entity Identifier",
            hint="it has 18 capitals and digits and two check digits; without one, leave it out",
        )
    return Entity(LEI, lei)
