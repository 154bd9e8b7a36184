"""Small builders of XBRL linkbases: located concepts, arcs between them, one link for each role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from commonweal.kernel.disclosure.xbrl.names import LINK, PREFIX, XLINK, XML, XSI

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: Final = "commonweal.xsd"
_XLINK: Final = f"{{{XLINK}}}"


def document(element: Any) -> bytes:  # noqa: ANN401 - lxml has no types
    """Return an element as an XML file: the same element, the same bytes."""
    return bytes(etree.tostring(element, encoding="utf-8", xml_declaration=True, pretty_print=True))


@dataclass
class Linkbase:
    """A linkbase under construction."""

    namespaces: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start with an empty linkbase."""
        known = {"link": LINK, "xlink": XLINK, "xsi": XSI, **self.namespaces}
        self.root = etree.Element(f"{{{LINK}}}linkbase", nsmap=known)

    def role_refer(self, role: str, fragment: str, *, kind: str = "role") -> None:
        """Say where a role or arcrole (``kind``) is defined."""
        self._add(
            self.root,
            f"{kind}Ref",
            {
                f"{kind}URI": role,
                f"{_XLINK}type": "simple",
                f"{_XLINK}href": fragment,
            },
        )

    def link(self, kind: str, role: str) -> Link:
        """Open an extended link, such as ``label`` or ``calculation``."""
        attributes = {f"{_XLINK}type": "extended", f"{_XLINK}role": role}
        return Link(kind, self._add(self.root, f"{kind}Link", attributes))

    @staticmethod
    def _add(parent: Any, name: str, attributes: Mapping[str, str]) -> Any:  # noqa: ANN401
        return etree.SubElement(parent, f"{{{LINK}}}{name}", attributes)


@dataclass
class Link:
    """One extended link: concepts are located once, however many arcs they have."""

    kind: str
    element: Any
    located: set[str] = field(default_factory=set)

    def _locate(self, concept: str) -> str:
        if concept not in self.located:
            self.located.add(concept)
            attributes = {
                f"{_XLINK}type": "locator",
                f"{_XLINK}href": f"{SCHEMA}#{PREFIX}_{concept}",
                f"{_XLINK}label": concept,
            }
            etree.SubElement(self.element, f"{{{LINK}}}loc", attributes)
        return concept

    def arc(self, arcrole: str, start: str, end: str, **attributes: str) -> None:
        """Draw an arc between two concepts; of attributes, ``a__b`` is b in the namespace a."""
        self._locate(start)
        self._locate(end)
        self._arc(arcrole, start, end, attributes)

    def _arc(self, arcrole: str, start: str, end: str, attributes: Mapping[str, str]) -> None:
        known = self.element.nsmap
        named = {
            (f"{{{known[key.split('__')[0]]}}}{key.split('__')[1]}" if "__" in key else key): value
            for key, value in attributes.items()
        }
        place = {
            f"{_XLINK}type": "arc",
            f"{_XLINK}arcrole": arcrole,
            f"{_XLINK}from": start,
            f"{_XLINK}to": end,
        }
        etree.SubElement(self.element, f"{{{LINK}}}{self.kind}Arc", place | named)

    def label(self, concept: str, text: str, language: str, role: str) -> None:
        """Give a concept a label in a language; one arc leads to all of a concept's labels."""
        name = f"{concept}.labels"
        attributes = {
            f"{_XLINK}type": "resource",
            f"{_XLINK}label": name,
            f"{_XLINK}role": role,
            f"{{{XML}}}lang": language,
        }
        label = etree.SubElement(self.element, f"{{{LINK}}}label", attributes)
        label.text = text
        if concept not in self.located:
            arcrole = "http://www.xbrl.org/2003/arcrole/concept-label"
            self._arc(arcrole, self._locate(concept), name, {})

    def reference(self, concept: str, number: int, parts: Mapping[str, str]) -> None:
        """Refer from a concept to a place in a framework; parts by qualified tag."""
        name = f"{concept}.{number}"
        attributes = {
            f"{_XLINK}type": "resource",
            f"{_XLINK}label": name,
            f"{_XLINK}role": "http://www.xbrl.org/2003/role/reference",
        }
        reference = etree.SubElement(self.element, f"{{{LINK}}}reference", attributes)
        for tag, text in parts.items():
            etree.SubElement(reference, tag).text = text
        arcrole = "http://www.xbrl.org/2003/arcrole/concept-reference"
        self._arc(arcrole, self._locate(concept), name, {})
