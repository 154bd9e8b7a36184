"""The words of a PDF, so that they can be compared with those of a page."""

import re
import unicodedata

import pypdfium2


def pdf_text(content):
    """Return all words of a PDF without any space; a line may break anywhere."""
    with pypdfium2.PdfDocument(content) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return squeezed("".join(pages))


def squeezed(text):
    """Return a text without spaces, compatible signs alike."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
