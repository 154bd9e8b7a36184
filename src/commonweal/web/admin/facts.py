"""Facts, their batches and period locks, to look at; targets with their history."""

from django.contrib import admin

from commonweal.kernel.facts.models import Batch, Fact, PeriodLock
from commonweal.kernel.targets.models import Target
from commonweal.web.admin.base import HistoryMixin, ReadOnlyAdmin


@admin.register(Fact)
class FactAdmin(ReadOnlyAdmin):
    """Facts, the newest first."""

    list_display = (
        "leaf_index",
        "indicator",
        "node",
        "boundary",
        "period_kind",
        "start_date",
        "end_date",
        "value",
        "unit",
        "method",
        "superseded_at",
    )
    list_filter = ("period_kind", "method", ("superseded_at", admin.EmptyFieldListFilter))
    search_fields = ("indicator", "node")
    raw_id_fields = ("batch", "supersedes")
    list_select_related = False
    ordering = ("-leaf_index",)


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Batches, the newest first."""

    list_display = ("pk", "engine", "version", "actor", "recorded_at", "tree_size", "root_hash")
    list_filter = ("engine",)
    search_fields = ("root_hash", "actor")
    ordering = ("-pk",)


@admin.register(PeriodLock)
class PeriodLockAdmin(ReadOnlyAdmin):
    """Closed periods."""

    list_display = ("start_date", "end_date", "reason", "locked_by", "locked_at", "unlocked_at")
    ordering = ("-start_date",)


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin, HistoryMixin):
    """Targets; their status is computed on the overview."""

    record_type = "target"
    list_display = (
        "code",
        "indicator",
        "node",
        "boundary",
        "base_period",
        "target_period",
        "change_share",
    )
    search_fields = ("code", "indicator", "node")
    ordering = ("code",)
