"""Names that a filing uses: namespaces, roles, addresses of the taxonomy's files.

The base is the operator's (``xbrl_base`` of the configuration); by default it lies in ``.example``,
which is reserved for names that belong to nobody (RFC 2606). No address is ever asked: the
package's catalogue says which of its files stands behind each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.wording import Language

BASE: Final[str] = settings.XBRL_BASE
PREFIX: Final = "cw"
NAMESPACE: Final = BASE + "indicators"
UNITS: Final = BASE + "units"
ENTITIES: Final = BASE + "node"
LEI: Final = "http://standards.iso.org/iso/17442"
ENTRY_POINT: Final = BASE + "commonweal.xsd"

XBRLI: Final = "http://www.xbrl.org/2003/instance"
LINK: Final = "http://www.xbrl.org/2003/linkbase"
XLINK: Final = "http://www.w3.org/1999/xlink"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML: Final = "http://www.w3.org/XML/1998/namespace"
XBRLDT: Final = "http://xbrl.org/2005/xbrldt"
XBRLDI: Final = "http://xbrl.org/2006/xbrldi"
REF: Final = "http://www.xbrl.org/2006/ref"
DTR: Final = "http://www.xbrl.org/dtr/type/2022-03-31"
ISO4217: Final = "http://www.xbrl.org/2003/iso4217"
UTR: Final = "http://www.xbrl.org/2009/utr"
IX: Final = "http://www.xbrl.org/2013/inlineXBRL"
IXT: Final = "http://www.xbrl.org/inlineXBRL/transformation/2020-02-12"
XHTML: Final = "http://www.w3.org/1999/xhtml"

NODE_AXIS: Final = "NodeAxis"
BOUNDARY_AXIS: Final = "BoundaryAxis"
AXES: Final = (NODE_AXIS, BOUNDARY_AXIS)

# As XML and XBRL write languages.
XML_LANGUAGES: Final[dict[Language, str]] = {"zh-hant": "zh-Hant", "zh-hans": "zh-Hans", "en": "en"}


def role(name: str) -> str:
    """Return the address of one of our roles."""
    return f"{BASE}role/{name}"
