"""The working surface: Django's admin over the register, the lake and the facts.

Nothing here writes a table directly. Adding and changing call the same services as the command
line, so every change is an event; what is computed or logged can only be read.
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from commonweal.web.admin import accounts, facts, lake, organisation, records, sites

__all__ = ["accounts", "facts", "lake", "organisation", "records", "sites"]

admin.site.site_header = _("Commonweal")
admin.site.site_title = _("Commonweal")
admin.site.index_title = _("Registers and records")
