"""Tables of records coming in: read, checked as a form is, planned, and written at once."""

from commonweal.kernel.programmes.imports.loading import records_import
from commonweal.kernel.programmes.imports.result import ImportResult, RowChange, RowRefusal
from commonweal.kernel.programmes.imports.templates import template_write

__all__ = ["ImportResult", "RowChange", "RowRefusal", "records_import", "template_write"]
