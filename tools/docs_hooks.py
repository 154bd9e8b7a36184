"""What mkdocs runs while it builds: the generated reference joins the written pages."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference pages to the files of the site."""
    with tempfile.TemporaryDirectory(prefix="commonweal-docs-") as home:
        os.environ["COMMONWEAL_HOME"] = home  # the reference describes the defaults
        from tools.reference import pages  # noqa: PLC0415 - reads the variable

        for path, text in pages().items():
            files.append(File.generated(config, path, content=text))
    return files
