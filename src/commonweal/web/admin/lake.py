"""The lake's manifest, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from commonweal.lake.models import Segment, Source
from commonweal.web.admin.base import ReadOnlyAdmin


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    """Ingested files."""

    list_display = ("name", "dataset", "n_accepted", "n_rejected", "actor", "known_at")
    list_filter = ("dataset",)
    search_fields = ("name", "sha256")
    ordering = ("-known_at", "-pk")


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    """Parquet files."""

    list_display = (
        "file",
        "dataset",
        "month",
        "n_rows",
        "n_bytes",
        "source",
        "added_at",
        "removed_at",
    )
    list_filter = ("dataset", ("removed_at", admin.EmptyFieldListFilter))
    list_select_related = ("source",)
    date_hierarchy = "month"
    search_fields = ("path", "sha256")
    ordering = ("dataset", "-month", "-pk")

    @admin.display(description=_("file name"), ordering="path")
    def file(self, segment: Segment) -> str:
        """Return the start of the file's name; the whole path is on its page."""
        return f"{segment.path.rpartition('/')[2][:12]}…"
