"""Which reader a kind of document has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.linting.decoding import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonweal.kernel.disclosure.linting.document import Piece


def pieces_of(content: bytes, kind: str, name: str) -> Iterable[Piece]:
    """Read a document of a kind: ``html``, ``docx`` or ``pdf``.

    Raises:
        InputError: It cannot be read.
    """
    match kind:
        case "html":
            from commonweal.kernel.disclosure.linting.html_text import html_pieces  # noqa: PLC0415

            return html_pieces(decoded(content, name), name)
        case "docx":
            from commonweal.kernel.disclosure.linting.docx_text import docx_pieces  # noqa: PLC0415

            return docx_pieces(content, name)
        case _:
            from commonweal.kernel.disclosure.linting.pdf_text import pdf_pieces  # noqa: PLC0415

            return pdf_pieces(content, name)
