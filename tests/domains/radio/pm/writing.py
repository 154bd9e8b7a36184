"""Performance files as their senders write them: one content, many forms."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {
    "collec": (
        "measCollecFile",
        "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec",
    ),
    "data": ("measDataFile", "http://www.3gpp.org/ftp/specs/archive/28_series/28.550#measData"),
    "none": ("measCollecFile", ""),
}


@dataclass
class Row:
    """One measValue: texts by counter; None is a value that is not there."""

    dn: str
    values: dict[str, str | None]
    suspect: bool = False


@dataclass
class Info:
    """One measInfo."""

    element: str
    rows: list[Row]
    duration_s: int = 900
    ends: str = "2026-03-01T10:15:00+08:00"

    @property
    def types(self):
        return list(dict.fromkeys(name for row in self.rows for name in row.values))


@dataclass
class Form:
    """How it is written."""

    namespace: str = "collec"
    prefix: str = ""
    compact: bool = False
    durations: str = "seconds"
    step: int = 1  # of p; 0: none is written
    backwards: bool = False  # r in another order than the types
    absent: str = "NIL"  # or "empty", "left out"
    one_each: bool = False  # a measData for each info
    space: str = "\n  "
    comment: bool = False
    header: dict = field(default_factory=lambda: {"begins": "2026-03-01T10:00:00+08:00"})


def duration(seconds, form):
    if form.durations == "minutes" and seconds % 60 == 0:
        return f"PT{seconds // 60}M"
    if form.durations == "mixed" and seconds % 3600 == 0:
        return f"PT{seconds // 3600}H"
    return f"PT{seconds}S"


def pm_file(infos, form=None):
    """The bytes of a file with these infos."""
    form = form or Form()
    root, uri = NAMESPACES[form.namespace]
    p, gap = f"{form.prefix}:" if form.prefix else "", form.space
    xmlns = f" xmlns{':' + form.prefix if form.prefix else ''}={quoteattr(uri)}" if uri else ""
    entity = "measEntity" if form.namespace == "data" else "managedElement"
    begins = form.header["begins"]
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<{p}{root}{xmlns}>",
        f'<{p}fileHeader dnPrefix="SubNetwork=CN">',
        f'<{p}fileSender localDn="ManagedElement=sender"/>',
        f"<{p}measCollec beginTime={quoteattr(begins)}/></{p}fileHeader>",
    ]
    for number, info in enumerate(infos):
        new = number == 0 or form.one_each or infos[number - 1].element != info.element
        if new:
            out += [f"</{p}measData>"] if number else []
            out.append(f"<{p}measData><{p}{entity} localDn={quoteattr(info.element)}/>")
        out.append(f'<{p}measInfo measInfoId="i{number}"><{p}job jobId="es"/>')
        out.append(
            f'<{p}granPeriod duration="{duration(info.duration_s, form)}"'
            f" endTime={quoteattr(info.ends)}/>"
        )
        out += _types(info, form, p)
        out += [_row(row, info, form, p, gap) for row in info.rows]
        out += ["<!-- <r>1</r> -->"] if form.comment else []
        out.append(f"</{p}measInfo>")
    out += [f"</{p}measData>"] if infos else []
    out.append(f"<{p}fileFooter><{p}measCollec/></{p}fileFooter></{p}{root}>")
    return gap.join(out).encode()


def _types(info, form, p):
    if form.compact:
        return [f"<{p}measTypes>{escape(' '.join(info.types))}</{p}measTypes>"]
    return [
        f"<{p}measType{_p(number, form)}>{escape(name)}</{p}measType>"
        for number, name in enumerate(info.types, start=1)
    ]


def _p(number, form):
    return f' p="{number * form.step}"' if form.step else ""


def _row(row, info, form, p, gap):
    suspect = f"<{p}suspect>true</{p}suspect>" if row.suspect else ""
    texts = [row.values.get(name) for name in info.types]
    if form.compact:
        inside = " ".join("NIL" if text is None else escape(text) for text in texts)
        inside = f"<{p}measResults>{inside}</{p}measResults>"
    else:
        cells = [
            _r(number, text, form, p)
            for number, text in enumerate(texts, start=1)
            if text is not None or form.absent != "left out" or not form.step
        ]
        inside = gap.join(reversed(cells) if form.backwards and form.step else cells)
    return f"<{p}measValue measObjLdn={quoteattr(row.dn)}>{inside}{suspect}</{p}measValue>"


def _r(number, text, form, p):
    if text is None and form.absent == "empty":
        return f"<{p}r{_p(number, form)}/>"
    return f"<{p}r{_p(number, form)}>{'NIL' if text is None else escape(text)}</{p}r>"
