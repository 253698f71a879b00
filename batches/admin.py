"""Admin pages of batches: list, files, cancel, retry.

Nothing is edited.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from batches import services
from batches.archive import links
from batches.creation import services as creation
from batches.lifecycle import BatchStatus
from batches.models import Batch, Upload
from billing.pricing import Tier
from common.http.errors import Conflict
from common.http.request_id import current_request_id
from common.operators.display import person, status
from common.operators.files import FilesAdmin
from common.operators.filters import by_date, by_value
from common.operators.pages import ReadOnlyAdmin
from common.operators.search import Finder
from common.users import UserRef

_LINK = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'


@admin.register(Batch)
class BatchAdmin(FilesAdmin):
    list_display = (
        "public_id",
        "created_at",
        "owner",
        "shown_status",
        "tier",
        "total_images",
        "completed_images",
        "failed_images",
        "final_total",
        "credits_used",
        "completed_at",
    )
    list_filter = (by_value("status", BatchStatus), by_value("tier", Tier), by_date())
    list_select_related = ("user",)
    finder = Finder(ids={"batch_": "public_id"}, exact={"req_": "request_id"}, owner="user")
    owner = person()
    shown_status = status()
    shown_as: ClassVar[Mapping[str, str]] = {"user": "owner", "status": "shown_status"}
    groups = (
        ("Batch", ("public_id", "name", "owner", "shown_status", "images", "files", "tier")),
        ("When", ("created_at", "started_at", "completed_at", "cancel_requested_at")),
        (
            "Images",
            ("total_images", "completed_images", "failed_images", "cancelled_images"),
        ),
        (
            "Money",
            ("base_total", "discount_percentage", "discount_amount", "final_total", "credits_used"),
        ),
        ("Failure", ("error_code", "error_message")),
    )
    keys = (("background_key", "Background"), ("zip_key", "Archive"))
    actions = ("open_files", "cancel", "retry")
    page_actions = actions

    def get_fields(self, request: HttpRequest, obj: Batch | None = None) -> list[Any]:
        return ["images", *super().get_fields(request, obj)]

    def address(self, row: Batch, field: str, *, now: datetime, lifetime_s: int) -> str:
        # An archive has an address of its own, under which its owner gets it as well.
        url = links.zip_url(row, now=now, lifetime_s=lifetime_s) if field == "zip_key" else None
        return url or super().address(row, field, now=now, lifetime_s=lifetime_s)

    @admin.display(description="Images")
    def images(self, batch: Batch) -> SafeString:
        listing = reverse("admin:removal_job_changelist")
        return format_html(_LINK, f"{listing}?batch_id__exact={batch.pk}", "Their jobs")

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        self.act_on_each(
            request,
            "batch.cancel",
            batches,
            lambda batch: services.cancel_running(batch=batch, now=timezone.now()),
        )

    @admin.action(
        description="Retry what failed on our side or was cancelled, at the rest of the price",
        permissions=["operate"],
    )
    def retry(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        self.act_on_each(request, "batch.retry", batches.select_related("user"), _retry)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "user", "filename", "size", "created_at", "expires_at", "used_at")
    exclude = ("key",)
    list_select_related = ("user",)
    finder = Finder(ids={"upl_": "public_id"}, owner="user")


def _retry(batch: Batch) -> Batch:
    if batch.user is None:
        raise Conflict("Its owner is gone")
    return creation.retry(
        user=cast(UserRef, batch.user),
        batch_id=batch.public_id,
        request_id=current_request_id(),
        idempotency_key=None,
        now=timezone.now(),
    )
