"""The event log, to look at."""

from django.contrib import admin

from commonweal.kernel.records.models import Event
from commonweal.web.admin.base import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Events, the newest first."""

    list_display = ("sequence", "happened_at", "actor", "action", "record_type", "record_key")
    list_filter = ("record_type", "action")
    search_fields = ("=record_key", "actor")
    ordering = ("-sequence",)
