"""Admin pages of jobs (list, files, cancel, retry) and of models (what there is, download).

Nothing is edited.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.pricing import Tier
from common.http.errors import ApiError, ErrorCode
from common.http.request_id import current_request_id
from common.operators.display import page_link, person, status
from common.operators.files import FilesAdmin
from common.operators.filters import by_date, by_value
from common.operators.pages import WholeRowAdmin
from common.operators.search import Finder
from common.users import UserRef
from removal import downloads, model_overview, services
from removal.lifecycle import JobStatus
from removal.models import Job, ModelDownload


@admin.register(Job)
class JobAdmin(FilesAdmin):
    list_display = (
        "public_id",
        "created_at",
        "owner",
        "shown_status",
        "tier",
        "credits_used",
        "processing_time_ms",
        "model_name",
        "attempts",
    )
    list_filter = (
        by_value("status", JobStatus),
        by_value("tier", Tier),
        by_value("error_code", ErrorCode, status=JobStatus.FAILED),
        by_date(),
    )
    list_select_related = ("user",)
    ordering = ("-created_at", "-pk")
    finder = Finder(ids={"job_": "public_id"}, exact={"req_": "request_id"}, owner="user")
    keys = (
        ("original_key", "Original"),
        ("background_key", "Background"),
        ("published_key", "Result"),
    )
    exclude = ("result_key", "result_token")
    owner = person()
    shown_status = status()
    shown_as: ClassVar[Mapping[str, str]] = {
        "user": "owner",
        "status": "shown_status",
        "batch_id": "batch",
    }
    groups = (
        ("Image", ("public_id", "owner", "shown_status", "files", "batch", "filename", "tier")),
        ("When", ("created_at", "started_at", "completed_at", "processing_time_ms")),
        ("Money", ("pricing_type", "price", "credits_used", "settled_at")),
        ("Failure", ("error_code", "error_message", "error_details")),
        ("Original", ("format", "width", "height", "original_size", "options")),
        ("Result", ("model_name", "result_format", "result_width", "result_height", "result_size")),
    )
    actions = ("open_files", "cancel", "retry")
    page_actions = actions

    @admin.display(description="Batch")
    def batch(self, job: Job) -> str:
        if job.batch_id is None:
            return "none, a single"
        # The page of an app above this one, named by its address.
        return page_link("batches_batch", job.batch_id, f"image {job.position}")

    @admin.action(description="Cancel, while it is queued", permissions=["operate"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self.act_on_each(
            request,
            "job.cancel",
            jobs,
            lambda job: services.cancel_queued(job=job, now=timezone.now()),
        )

    @admin.action(
        description="Try again, as a new job at the usual price",
        permissions=["operate"],
    )
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self.act_on_each(
            request,
            "job.retry",
            jobs.select_related("user"),
            lambda job: services.retry(
                job=job, request_id=current_request_id(), now=timezone.now()
            ),
        )


@admin.register(ModelDownload)
class ModelDownloadAdmin(WholeRowAdmin):
    """The list shows the registered models themselves, whether or not one was ever downloaded."""

    def get_urls(self) -> list[Any]:
        download = self.admin_site.admin_view(require_POST(self.download))
        own: list[URLPattern] = [
            path("download/<slug:name>/", download, name="removal_modeldownload_download")
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Models",
            "overview": model_overview.overview(),
            "may_download": self.has_operate_permission(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "removal/models.html", context)

    def download(self, request: HttpRequest, name: str) -> HttpResponse:
        """Have one model downloaded, and come back to the list."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        try:
            downloads.request(name=name, by=cast(UserRef, request.user), now=timezone.now())
        except ApiError as refusal:
            self.message_user(request, f"{name}: {refusal.message}", level=messages.WARNING)
        return redirect("admin:removal_modeldownload_changelist")
