"""Edits as O1 carries them: NETCONF ``edit-config``, and ``PATCH`` of the provisioning service.

Every edit goes with the instant before which it must not be sent, and with the edit that undoes it.
LTE has no YANG module of 3GPP; its elements are spelt in the namespace of the XML schema of
TS 28.659. Nothing here opens a connection.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from commonweal.domains.radio.energy_saving.acting.nrm import Actuator, attributes, target
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.radio.energy_saving.acting.adapter import Edit

_NETCONF: Final = "urn:ietf:params:xml:ns:netconf:base:1.0"
_EUTRAN: Final = "http://www.3gpp.org/ftp/specs/archive/28_series/28.659#eutranNrm"
_NAMESPACES: Final = {
    "SubNetwork": "urn:3gpp:sa5:_3gpp-common-subnetwork",
    "ManagedElement": "urn:3gpp:sa5:_3gpp-common-managed-element",
    "GNBCUCPFunction": "urn:3gpp:sa5:_3gpp-nr-nrm-gnbcucpfunction",
    "GNBDUFunction": "urn:3gpp:sa5:_3gpp-nr-nrm-gnbdufunction",
    "NRCellCU": "urn:3gpp:sa5:_3gpp-nr-nrm-nrcellcu",
    "NRCellDU": "urn:3gpp:sa5:_3gpp-nr-nrm-nrcelldu",
    "NRSectorCarrier": "urn:3gpp:sa5:_3gpp-nr-nrm-nrsectorcarrier",
    "CESManagementFunction": "urn:3gpp:sa5:_3gpp-nr-nrm-cesmanagementfunction",
    "ENBFunction": _EUTRAN,
    "EUtranCellFDD": _EUTRAN,
    "EUtranCellTDD": _EUTRAN,
}
PATCH_TYPE: Final = "application/3gpp-merge-patch+json"


def dn_parts(dn: str) -> list[tuple[str, str]]:
    """Return the class and id of every step of a distinguished name.

    Raises:
        InputError: A step is not written ``Class=id``.

    >>> dn_parts("ManagedElement=a,NRCellDU=1")
    [('ManagedElement', 'a'), ('NRCellDU', '1')]
    """
    parts = [step.partition("=") for step in dn.split(",")]
    for name, sign, key in parts:
        if not (name and sign and key):
            raise InputError(
                f"{dn!r} is no distinguished name", hint="write ManagedElement=a,NRCellDU=1"
            )
    return [(name.strip(), key.strip()) for name, _sign, key in parts]


def written(at: datetime) -> str:
    """Return an instant in UTC, as both interfaces write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def patches(edits: Sequence[Edit], *, release: int, actuator: Actuator) -> list[dict[str, Any]]:
    """Return a PATCH for each edit, with its inverse.

    ``wakeBy`` is when the inverse of a sleep must be sent at the latest, told again or not.
    ``modeOnly`` marks what TS 28.541 cannot say (RF channels off): no request is given for it, and
    whoever carries edits out needs a way of the vendor's own.
    """
    found = []
    for edit in edits:
        values = attributes(edit.cell, edit.mode, release=release, actuator=actuator)
        undo = attributes(edit.cell, edit.before, release=release, actuator=actuator)
        dn = target(edit.cell, actuator)
        path = "/" + "/".join(f"{name}={key}" for name, key in dn_parts(dn))
        found.append(
            {
                "key": edit.key,
                "cell": edit.cell.cell_id,
                "mode": edit.mode.name,
                "before": edit.before.name,
                "notBefore": written(edit.not_before),
                "wakeBy": written(edit.wake_by) if edit.wake_by else None,
                "modeOnly": not values,
                "request": _request(path, values),
                "inverse": _request(path, undo),
            }
        )
    return found


def _request(path: str, values: dict[str, str]) -> dict[str, Any] | None:
    if not values:
        return None
    return {
        "method": "PATCH",
        "path": path,
        "contentType": PATCH_TYPE,
        "body": {"attributes": values},
    }


def edit_configs(edits: Sequence[Edit], *, release: int, actuator: Actuator) -> dict[str, bytes]:
    """Return one ``edit-config`` for each managed element, all of its edits in it or none.

    Raises:
        InputError: A distinguished name has a class that we have no namespace for.
    """
    found = {}
    ordered = sorted(edits, key=lambda edit: (edit.cell.element_dn, edit.key))
    for element, some in groupby(ordered, key=lambda edit: edit.cell.element_dn):
        root = etree.Element(f"{{{_NETCONF}}}rpc", {"message-id": "1"}, {None: _NETCONF})
        edit_config = etree.SubElement(root, f"{{{_NETCONF}}}edit-config")
        datastore = etree.SubElement(edit_config, f"{{{_NETCONF}}}target")
        etree.SubElement(datastore, f"{{{_NETCONF}}}running")
        etree.SubElement(edit_config, f"{{{_NETCONF}}}default-operation").text = "none"
        etree.SubElement(edit_config, f"{{{_NETCONF}}}error-option").text = "rollback-on-error"
        config = etree.SubElement(edit_config, f"{{{_NETCONF}}}config")
        for edit in some:
            values = attributes(edit.cell, edit.mode, release=release, actuator=actuator)
            if values:
                config.append(etree.Comment(f" not before {written(edit.not_before)} "))
                config.append(_object(dn_parts(target(edit.cell, actuator)), values))
        if len(config):
            found[element] = etree.tostring(
                root, pretty_print=True, xml_declaration=True, encoding="UTF-8"
            )
    return found


def _object(parts: Sequence[tuple[str, str]], values: dict[str, str]) -> etree._Element:
    """Return the objects from the element down, the last with the attributes to merge."""
    top = inner = None
    for name, key in parts:
        space = _namespace(name)
        node = etree.Element(f"{{{space}}}{name}", nsmap={None: space})
        etree.SubElement(node, f"{{{space}}}id").text = key
        if inner is None:
            top = node
        else:
            inner.append(node)
        inner = node
    if top is None or inner is None:
        raise InputError("an edit names no object")
    space = _namespace(parts[-1][0])
    merged = etree.SubElement(inner, f"{{{space}}}attributes", nsmap={"nc": _NETCONF})
    merged.set(f"{{{_NETCONF}}}operation", "merge")
    for name, value in values.items():
        etree.SubElement(merged, f"{{{space}}}{name}").text = value
    return top


def _namespace(name: str) -> str:
    if name not in _NAMESPACES:
        raise InputError(
            f"no namespace is known for objects of class {name}",
            hint=f"known are {', '.join(_NAMESPACES)}",
        )
    return _NAMESPACES[name]
