"""Importing the register from tables that people keep: nodes, sites and meters."""

from commonweal.kernel.org.imports.columns import TABLES, ImportColumn, ImportTable
from commonweal.kernel.org.imports.loading import org_import, table_of
from commonweal.kernel.org.imports.result import ImportResult, RowReject, TableCount
from commonweal.kernel.org.imports.templates import template_write

__all__ = [
    "TABLES",
    "ImportColumn",
    "ImportResult",
    "ImportTable",
    "RowReject",
    "TableCount",
    "org_import",
    "table_of",
    "template_write",
]
