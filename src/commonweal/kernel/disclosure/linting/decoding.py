"""Bytes of a text file in the encoding they are in: Unicode, GB 18030 or Big5.

Bytes of Big5 are mostly valid GB 18030, too, and the other way round. So both are tried, and the
one in which more of the commonest characters of Chinese come out is right.
"""

from __future__ import annotations

import codecs
from typing import Final

from commonweal.errors import InputError

_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_COMMONEST: Final = frozenset(
    "的一是不了在人有我他這这中大來来上個个國国和地到說说時时為为年得以會会要可出對对生能同成工作公司用量電电業业與与員员萬万億亿，。、"
)
_LATIN: Final = "cp1252"


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file, its line breaks made one character.

    Raises:
        InputError: It is no text in any encoding that is known.

    >>> decoded("中國電信用電量".encode("big5"), "a.txt")
    '中國電信用電量'
    """
    if b"\x00" in content[:4096] and not content.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):
        raise InputError(
            f"{name} is no text: it holds zero bytes", hint="give .txt, .md, .html, .docx or .pdf"
        )
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return _plain(content.decode(encoding, "replace"))
    candidates = []
    for encoding in ("utf-8", "gb18030", "big5hkscs"):
        try:
            candidates.append(content.decode(encoding))
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8":
            break  # nothing else looks like it by chance
    if not candidates:
        try:
            candidates.append(content.decode(_LATIN))
        except UnicodeDecodeError:
            raise InputError(
                f"{name} is neither UTF-8 nor GB 18030 nor Big5", hint="save it as UTF-8"
            ) from None
    return _plain(max(candidates, key=_familiar))


def _familiar(text: str) -> int:
    return sum(char in _COMMONEST for char in text[:100_000])


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
