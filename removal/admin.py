"""Operators look at jobs here, cancel what waits and try failed ones again; nothing is edited."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.pricing import Tier
from common.errors import ErrorCode
from common.media import signed_url
from common.operators.filters import by_date, by_value
from common.operators.pages import ReadOnlyAdmin
from common.operators.search import Finder
from common.requestid import current_request_id
from removal import services
from removal.lifecycle import JobStatus
from removal.models import Job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
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
    actions = ("cancel", "retry")
    page_actions = actions

    def get_fields(self, request: HttpRequest, obj: Job | None = None) -> list[Any]:
        return ["files", *(field.name for field in Job._meta.fields)]

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        return list(self.get_fields(request, obj))

    @admin.display(description="Files")
    def files(self, job: Job) -> SafeString | str:
        """Links that open for whoever has them, for as long as any signed address."""
        now = timezone.now()
        named = (
            ("Original", job.original_key),
            ("Background", job.background_key),
            ("Result", job.result_key),
        )
        links = [(signed_url(key, now=now), name) for name, key in named if key]
        template = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'
        return format_html_join(" · ", template, links) or "None are kept"

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
