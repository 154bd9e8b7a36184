"""A report is downloaded as inline XBRL, in one file with its taxonomy."""

import io
import zipfile

from lxml import etree


def test_the_page_offers_the_file_and_the_file_is_whole(reader):
    page = reader.get("/report/energy_carbon/?period=2024", headers={"accept-language": "en"})
    assert "download=xbri" in page.content.decode()

    answer = reader.get(
        "/report/energy_carbon/?period=2024&download=xbri", headers={"accept-language": "en"}
    )
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    top = "commonweal-taxonomy"
    assert answer["Content-Type"] == "application/xbrl-i+zip"
    assert {f"{top}/META-INF/reportPackage.json", f"{top}/META-INF/taxonomyPackage.xml",
            f"{top}/commonweal.xsd"} <= set(archive.namelist())  # fmt: skip

    document = etree.fromstring(archive.read(f"{top}/reports/energy_carbon.2024.en.xhtml"))
    marks = list(document.iter("{http://www.xbrl.org/2013/inlineXBRL}nonFraction"))
    assert len(marks) > 50
