"""The taxonomy: a concept for every indicator of the catalogue, whatever it is called in words.

Concepts carry type, period and labels in three languages; linkbases say where each is presented,
which are sums of others (Calculations 1.1), which dimensions they take, and the numbers of public
frameworks that they answer (numbers only: their texts belong to their authors).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from commonweal.kernel.disclosure.xbrl.linkbases import SCHEMA, Linkbase, document
from commonweal.kernel.disclosure.xbrl.measures import measure_of
from commonweal.kernel.disclosure.xbrl.names import (
    AXES,
    BOUNDARY_AXIS,
    DTR,
    LINK,
    NAMESPACE,
    NODE_AXIS,
    PREFIX,
    REF,
    XBRLDT,
    XBRLI,
    XLINK,
    XML_LANGUAGES,
    XSD,
    role,
)
from commonweal.kernel.disclosure.xbrl.sums import sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonweal.catalogue import Catalogue
    from commonweal.catalogue.indicators import Indicator

_LINKBASES: Final = {
    "labels.xml": "label",
    "presentation.xml": "presentation",
    "calculation.xml": "calculation",
    "definition.xml": "definition",
    "references.xml": "reference",
}
_IMPORTS: Final = {
    XBRLI: "http://www.xbrl.org/2003/xbrl-instance-2003-12-31.xsd",
    LINK: "http://www.xbrl.org/2003/xbrl-linkbase-2003-12-31.xsd",
    XBRLDT: "http://www.xbrl.org/2005/xbrldt-2005.xsd",
    REF: "http://www.xbrl.org/2006/ref-2006-02-27.xsd",
    DTR: "https://www.xbrl.org/dtr/type/2022-03-31/types.xsd",
}
_FRAMEWORKS: Final = {
    "gri": "GRI",
    "hkex": "HKEX ESG Code",
    "ifrs_s2": "IFRS S2",
    "gsma": "GSMA ESG Metrics for Mobile",
    "sse": "SSE",
}
_WHOLE, _PARTS = "WholeCube", "PartCube"
_LINE_ITEMS, _MEMBERS = "IndicatorsStated", "Indicators"
_WORDS: Final = {
    _LINE_ITEMS: {"zh-hant": "列報指標", "zh-hans": "列报指标", "en": "Indicators stated"},
    _MEMBERS: {"zh-hant": "指標", "zh-hans": "指标", "en": "Indicators"},
    _WHOLE: {"zh-hant": "整體", "zh-hans": "整体", "en": "The operator as a whole"},
    _PARTS: {"zh-hant": "各單位與邊界", "zh-hans": "各单位与边界", "en": "By node and boundary"},
    NODE_AXIS: {"zh-hant": "組織單位", "zh-hans": "组织单位", "en": "Organisation node"},
    BOUNDARY_AXIS: {"zh-hant": "報告邊界", "zh-hans": "报告边界", "en": "Reporting boundary"},
}
_SUMMATION: Final = "https://xbrl.org/2023/arcrole/summation-item"
_DIMENSIONS: Final = "http://xbrl.org/int/dim/arcrole/"


def taxonomy_files(catalogue: Catalogue) -> dict[str, bytes]:
    """Return the files of the taxonomy by name: the same catalogue gives the same bytes."""
    indicators = catalogue.indicators.values()
    return {
        SCHEMA: document(_schema(catalogue)),
        "labels.xml": document(_labels(catalogue)),
        "presentation.xml": document(_presentation(catalogue)),
        "calculation.xml": document(_calculation()),
        "definition.xml": document(_definition(indicators)),
        "references.xml": document(_references(indicators)),
    }


def is_instant(indicator: Indicator) -> bool:
    """Whether a value is of a day: levels are, whatever is added up or divided is of a time."""
    return indicator.rollup.over_time == "last"


def item_type(indicator: Indicator) -> str:
    """Return the XBRL type of an indicator's concept."""
    if indicator.unit == "percent":
        return "dtr:percentItemType"
    return measure_of(indicator.unit)[0].item_type


def domain_concept(domain: str) -> str:
    """Return the name of a domain's abstract concept, under which its indicators are presented."""
    return f"{domain.capitalize()}Abstract"


def _by_domain(catalogue: Catalogue) -> Iterator[tuple[str, list[Indicator]]]:
    for domain in sorted(catalogue.domains.values(), key=lambda each: (each.menu, each.id)):
        found = [each for each in catalogue.indicators.values() if each.domain == domain.id]
        if found:
            yield domain.id, found


def _schema(catalogue: Catalogue) -> Any:  # noqa: ANN401 - lxml has no types
    spaces = {"xsd": XSD, "xbrli": XBRLI, "link": LINK, "xlink": XLINK, "xbrldt": XBRLDT}
    root = etree.Element(
        f"{{{XSD}}}schema",
        {"targetNamespace": NAMESPACE, "elementFormDefault": "qualified"},
        nsmap={**spaces, "dtr": DTR, PREFIX: NAMESPACE},
    )
    notes = etree.SubElement(etree.SubElement(root, _xsd("annotation")), _xsd("appinfo"))
    for file, kind in _LINKBASES.items():
        _linkbase_refer(notes, file, kind)
    _role_add(notes, "calculation", "calculation", "Sums of the catalogue")
    _role_add(notes, "whole", "definition", "Figures of the operator as a whole")
    _role_add(notes, "parts", "definition", "Figures by organisation node and boundary")
    _role_add(notes, "members", "definition", "Indicators")
    for domain, _ in _by_domain(catalogue):
        words = f"{catalogue.domains[domain].menu} - {catalogue.domains[domain].name['en']}"
        _role_add(notes, domain, "presentation", words)
    for space, place in _IMPORTS.items():
        etree.SubElement(root, _xsd("import"), {"namespace": space, "schemaLocation": place})
    _elements(root, catalogue)
    return root


def _elements(root: Any, catalogue: Catalogue) -> None:  # noqa: ANN401 - lxml has no types
    for axis in AXES:
        domain = f"{axis.removesuffix('Axis').lower()}_code"
        attributes = {"name": domain, "id": f"{PREFIX}_{domain}", "type": "xsd:token"}
        etree.SubElement(root, _xsd("element"), attributes)
        typed = {f"{{{XBRLDT}}}typedDomainRef": f"#{PREFIX}_{domain}"}
        _concept(root, axis, group="xbrldt:dimensionItem", extra=typed)
    for cube in (_WHOLE, _PARTS):
        _concept(root, cube, group="xbrldt:hypercubeItem")
    for name in (_LINE_ITEMS, _MEMBERS):
        _concept(root, name)
    for domain, _ in _by_domain(catalogue):
        _concept(root, domain_concept(domain))
    for each in catalogue.indicators.values():
        period = "instant" if is_instant(each) else "duration"
        _concept(root, each.id, kind=item_type(each), period=period, is_abstract=False)


def _concept(
    root: Any,  # noqa: ANN401 - lxml has no types
    name: str,
    *,
    kind: str = "xbrli:stringItemType",
    period: str = "duration",
    group: str = "xbrli:item",
    is_abstract: bool = True,
    extra: Mapping[str, str] | None = None,
) -> None:
    attributes = {
        "name": name,
        "id": f"{PREFIX}_{name}",
        "type": kind,
        "substitutionGroup": group,
        "nillable": "true",
        f"{{{XBRLI}}}periodType": period,
        **({"abstract": "true"} if is_abstract else {}),
        **(extra or {}),
    }
    etree.SubElement(root, _xsd("element"), attributes)


def _xsd(name: str) -> str:
    return f"{{{XSD}}}{name}"


def _linkbase_refer(notes: Any, file: str, kind: str) -> None:  # noqa: ANN401 - lxml has no types
    attributes = {
        f"{{{XLINK}}}type": "simple",
        f"{{{XLINK}}}href": file,
        f"{{{XLINK}}}role": f"http://www.xbrl.org/2003/role/{kind}LinkbaseRef",
        f"{{{XLINK}}}arcrole": "http://www.w3.org/1999/xlink/properties/linkbase",
    }
    etree.SubElement(notes, f"{{{LINK}}}linkbaseRef", attributes)


def _role_add(notes: Any, name: str, kind: str, words: str) -> None:  # noqa: ANN401 - lxml has no types
    attributes = {"roleURI": role(name), "id": f"role-{name}"}
    kept = etree.SubElement(notes, f"{{{LINK}}}roleType", attributes)
    etree.SubElement(kept, f"{{{LINK}}}definition").text = words
    etree.SubElement(kept, f"{{{LINK}}}usedOn").text = f"link:{kind}Link"


def _labels(catalogue: Catalogue) -> Any:  # noqa: ANN401 - lxml has no types
    linkbase = Linkbase()
    link = linkbase.link("label", "http://www.xbrl.org/2003/role/link")
    abstract = {domain_concept(d): catalogue.domains[d].name for d, _ in _by_domain(catalogue)}
    concepts = {each.id: each.name for each in catalogue.indicators.values()}
    for concept, words in (_WORDS | abstract | concepts).items():
        for language, code in XML_LANGUAGES.items():
            link.label(concept, words[language], code, "http://www.xbrl.org/2003/role/label")
    return linkbase.root


def _presentation(catalogue: Catalogue) -> Any:  # noqa: ANN401 - lxml has no types
    linkbase = Linkbase()
    domains = list(_by_domain(catalogue))
    for domain, _ in domains:
        linkbase.role_refer(role(domain), f"{SCHEMA}#role-{domain}")
    for domain, indicators in domains:
        link = linkbase.link("presentation", role(domain))
        for order, each in enumerate(indicators, start=1):
            arcrole = "http://www.xbrl.org/2003/arcrole/parent-child"
            link.arc(arcrole, domain_concept(domain), each.id, order=str(order))
    return linkbase.root


def _calculation() -> Any:  # noqa: ANN401 - lxml has no types
    linkbase = Linkbase()
    linkbase.role_refer(role("calculation"), f"{SCHEMA}#role-calculation")
    place = "https://www.xbrl.org/2023/calculation-1.1.xsd#summation-item"
    linkbase.role_refer(_SUMMATION, place, kind="arcrole")
    link = linkbase.link("calculation", role("calculation"))
    for total in sums():
        for order, (part, sign) in enumerate(total.parts, start=1):
            link.arc(_SUMMATION, total.indicator, part, weight=str(sign), order=str(order))
    return linkbase.root


def _definition(indicators: Iterable[Indicator]) -> Any:  # noqa: ANN401 - lxml has no types
    """Allow no dimension (the whole) or both (a part): closed cubes, so a misspelt one is told."""
    linkbase = Linkbase({"xbrldt": XBRLDT})
    for name in ("whole", "parts", "members"):
        linkbase.role_refer(role(name), f"{SCHEMA}#role-{name}")
    for arcrole in ("all", "domain-member", "hypercube-dimension"):
        place = f"http://www.xbrl.org/2005/xbrldt-2005.xsd#{arcrole}"
        linkbase.role_refer(_DIMENSIONS + arcrole, place, kind="arcrole")
    for name, cube, axes in (("whole", _WHOLE, ()), ("parts", _PARTS, AXES)):
        link = linkbase.link("definition", role(name))
        closed = {"xbrldt__closed": "true", "xbrldt__contextElement": "scenario"}
        link.arc(f"{_DIMENSIONS}all", _LINE_ITEMS, cube, **closed)
        for axis in axes:
            link.arc(f"{_DIMENSIONS}hypercube-dimension", cube, axis)
        onward = {"xbrldt__targetRole": role("members")}
        link.arc(f"{_DIMENSIONS}domain-member", _LINE_ITEMS, _MEMBERS, **onward)
    link = linkbase.link("definition", role("members"))
    for each in indicators:
        link.arc(f"{_DIMENSIONS}domain-member", _MEMBERS, each.id)
    return linkbase.root


def _references(indicators: Iterable[Indicator]) -> Any:  # noqa: ANN401 - lxml has no types
    linkbase = Linkbase({"ref": REF})
    link = linkbase.link("reference", "http://www.xbrl.org/2003/role/link")
    for each in indicators:
        for number, (name, place) in enumerate(anchors_of(each), start=1):
            link.reference(each.id, number, {f"{{{REF}}}Name": name, f"{{{REF}}}Number": place})
    return linkbase.root


def anchors_of(indicator: Indicator) -> list[tuple[str, str]]:
    """Return the frameworks an indicator answers, each with the number it has there."""
    return [
        (_FRAMEWORKS[name], place)
        for name, places in sorted(indicator.frameworks.items())
        for place in places
    ]
