"""Admin pages of jobs (list, files, cancel, retry) and of models (what there is, download).

Nothing is edited.
"""

from typing import Any, cast

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
        "user",
        "status",
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
    actions = ("open_files", "cancel", "retry")
    page_actions = actions

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
