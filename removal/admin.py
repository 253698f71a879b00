"""Operators look at jobs here and may cancel what waits; nothing is edited by hand."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from common.errors import Conflict
from removal import services
from removal.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        "public_id",
        "user",
        "status",
        "tier",
        "credits_used",
        "model_name",
        "attempts",
        "processing_time_ms",
        "created_at",
    )
    list_filter = ("status", "tier", "source", "error_code", "created_at")
    list_select_related = ("user",)
    search_fields = ("public_id__exact", "user__email", "request_id__exact")
    show_full_result_count = False
    actions = ("cancel",)

    @admin.action(description="Cancel the selected queued jobs")
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        cancelled = refused = 0
        for job in queryset:
            try:
                services.cancel_queued(job=job, now=timezone.now())
                cancelled += 1
            except Conflict:
                refused += 1
        level = messages.WARNING if refused else messages.SUCCESS
        self.message_user(
            request, f"{cancelled} cancelled, {refused} no longer queued", level=level
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Job._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
