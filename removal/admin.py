"""Admin pages of jobs: list, files, cancel, retry.

Nothing is edited.
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from billing.pricing import Tier
from common.http.errors import ErrorCode
from common.http.request_id import current_request_id
from common.operators.files import FilesAdmin
from common.operators.filters import by_date, by_value
from common.operators.search import Finder
from removal import services
from removal.lifecycle import JobStatus
from removal.models import Job


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
