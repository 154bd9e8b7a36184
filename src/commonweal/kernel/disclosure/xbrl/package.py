"""The taxonomy as one file, alone or with a report: the same bytes each time.

A taxonomy package (Taxonomy Packages 1.0) has, beside schema and linkbases, two tables for people
and programs: ``anchors.csv`` (concepts and the numbers of public frameworks they answer) and
``units.csv`` (what each unit is filed as). A report package (Report Packages 1.0, ``.xbri``) holds
the same and one inline document, so that whoever receives it needs nothing else.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from commonweal.kernel.disclosure.wording import unit_text
from commonweal.kernel.disclosure.xbrl.linkbases import document
from commonweal.kernel.disclosure.xbrl.measures import measure_of
from commonweal.kernel.disclosure.xbrl.names import BASE, ENTRY_POINT, XML, XML_LANGUAGES
from commonweal.kernel.disclosure.xbrl.taxonomy import anchors_of, item_type, taxonomy_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commonweal.catalogue import Catalogue

PACKAGE: Final = "commonweal-taxonomy.zip"
_TOP: Final = "commonweal-taxonomy/"
_PACKAGES: Final = "http://xbrl.org/2016/taxonomy-package"
_CATALOG: Final = "urn:oasis:names:tc:entity:xmlns:xml:catalog"
_NAMES: Final = {
    "zh-hant": "Commonweal 披露分類標準",
    "zh-hans": "Commonweal 披露分类标准",
    "en": "Commonweal disclosure taxonomy",
}


def taxonomy_package(catalogue: Catalogue) -> bytes:
    """Return the package of a catalogue's taxonomy."""
    return _zipped(_packed(catalogue))


def report_package(catalogue: Catalogue, name: str, page: bytes) -> bytes:
    """Return an inline document with its taxonomy as one ``.xbri`` file."""
    kind = {"documentInfo": {"documentType": "https://xbrl.org/report-package/2023/xbri"}}
    added = {
        f"{_TOP}META-INF/reportPackage.json": json.dumps(kind).encode(),
        f"{_TOP}reports/{name}": page,
    }
    return _zipped(_packed(catalogue) | added)


def _packed(catalogue: Catalogue) -> dict[str, bytes]:
    files = taxonomy_files(catalogue)
    files["anchors.csv"] = _table(
        ("concept", "type", "framework", "number"),
        (
            (each.id, item_type(each), name, place)
            for each in catalogue.indicators.values()
            for name, place in anchors_of(each)
        ),
    )
    files["units.csv"] = _table(
        ("unit", "measure", "power_of_ten", *XML_LANGUAGES.values()), _units(catalogue)
    )
    version = hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()[:12]
    described = {
        "META-INF/taxonomyPackage.xml": document(_description(version)),
        "META-INF/catalog.xml": document(_catalog()),
    }
    return {_TOP + name: content for name, content in (described | files).items()}


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as an archive; times in it are the format's first, so bytes stay the same."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return kept.getvalue()


def _units(catalogue: Catalogue) -> Iterable[Sequence[str]]:
    for unit in sorted({each.unit for each in catalogue.indicators.values()}):
        measure, power = measure_of(unit)
        words = (unit_text(unit, language) for language in XML_LANGUAGES)
        yield (unit, measure.oim or "xbrli:pure", str(power), *words)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _description(version: str) -> Any:  # noqa: ANN401 - lxml has no types
    root = etree.Element(f"{{{_PACKAGES}}}taxonomyPackage", nsmap={"tp": _PACKAGES})
    root.set(f"{{{XML}}}lang", "en")
    _told(root, "identifier", BASE)
    for language, code in XML_LANGUAGES.items():
        _told(root, "name", _NAMES[language]).set(f"{{{XML}}}lang", code)
    _told(root, "version", version)
    entry = etree.SubElement(_told(root, "entryPoints"), f"{{{_PACKAGES}}}entryPoint")
    _told(entry, "name", _NAMES["en"])
    _told(entry, "entryPointDocument").set("href", ENTRY_POINT)
    return root


def _told(parent: Any, name: str, text: str | None = None) -> Any:  # noqa: ANN401 - lxml has no types
    element = etree.SubElement(parent, f"{{{_PACKAGES}}}{name}")
    element.text = text
    return element


def _catalog() -> Any:  # noqa: ANN401 - lxml has no types
    root = etree.Element(f"{{{_CATALOG}}}catalog", nsmap={None: _CATALOG})
    rewrite = {"uriStartString": BASE, "rewritePrefix": "../"}
    etree.SubElement(root, f"{{{_CATALOG}}}rewriteURI", rewrite)
    return root
