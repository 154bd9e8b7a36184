"""Every word that our code and templates ask the catalogues for, read from the files themselves."""

import ast
import re
from pathlib import Path

from django.utils.translation.template import templatize

_PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
_WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
_TEXT = r"u?((?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))"
_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*{_TEXT}(?:\s*,\s*{_TEXT})?(?:\s*,\s*{_TEXT})?")


def words_of_code(source):
    """Yield (context, word) for each call of a translating function in Python source."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name in _PLAIN | _WITH_CONTEXT:
            has_context = name in _WITH_CONTEXT
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if len(texts) > has_context:  # a call with a variable is served by a noop elsewhere
                yield (texts[0] if has_context else None), texts[int(has_context)]


def words_of_template(source):
    """Yield (context, word) for each ``translate`` and ``blocktranslate`` of a template."""
    for found in _CALL.finditer(templatize(source)):
        has_context = "p" in found[1]
        texts = [ast.literal_eval(text) for text in found.groups()[1:] if text]
        yield (texts[0] if has_context else None), texts[int(has_context)]


def words_used(package: Path):
    """Return {(context, word): file} for a whole package."""
    used = {}
    for path in sorted(package.rglob("*.py")):
        for key in words_of_code(path.read_text("utf-8")):
            used[key] = path.relative_to(package).as_posix()
    for path in sorted(package.rglob("templates/**/*.html")):
        for key in words_of_template(path.read_text("utf-8")):
            used[key] = path.relative_to(package).as_posix()
    return used
